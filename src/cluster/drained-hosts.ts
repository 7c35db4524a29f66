/** Hosts that are to hand on everything that they hold: a shared record each, which any host of the cluster may change. */

import { PeregrineError } from '../base/index.ts';
import type { HostId } from './shard-record.ts';
import { type SharedRecord, type SharedRecords, StreamError, type Subscription } from './spine.ts';

const PREFIX = 'drain.';
/** Somebody else is always faster: something is wrong. */
const MAX_ATTEMPTS = 16;

export class DrainedHosts {
  readonly #records: SharedRecords;
  readonly #known = new Map<HostId, { readonly isDraining: boolean; readonly revision: number }>();
  #watch: Subscription | undefined;

  constructor(records: SharedRecords) {
    this.#records = records;
  }

  /** Hears of every change from now on. */
  async open(): Promise<void> {
    this.#watch = await this.#records.watch((record) => {
      if (record.key.startsWith(PREFIX)) this.#learn(record);
    });
  }

  /** As last heard. */
  has(host: HostId): boolean {
    return this.#known.get(host)?.isDraining === true;
  }

  /** Resolves when it is written; other hosts hear of it then. `UNAVAILABLE` where nobody knows. */
  async set(host: HostId, isDraining: boolean): Promise<void> {
    const key = `${PREFIX}${host}`;
    const value = JSON.stringify({ version: 1, isDraining });
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const revision = (await this.#records.get(key))?.revision ?? 0;
        const written = await this.#records.put(key, value, revision);
        if (written === undefined) continue;
        this.#learn({ key, value, revision: written });
        return;
      }
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      throw new PeregrineError(
        'UNAVAILABLE',
        'NATS does not answer; nobody knows whether that was noted. Try again.',
        { host },
        error,
      );
    }
    throw new PeregrineError('UNAVAILABLE', 'Others change this host too, all the time. Try again.', {
      host,
    });
  }

  async close(): Promise<void> {
    await this.#watch?.close();
  }

  #learn({ key, value, revision }: SharedRecord): void {
    const host = key.slice(PREFIX.length);
    if ((this.#known.get(host)?.revision ?? 0) >= revision) return;
    this.#known.set(host, { isDraining: saysDraining(value), revision });
  }
}

/** What can't be read moves nothing. */
function saysDraining(value: string): boolean {
  try {
    const said = JSON.parse(value) as { readonly version?: unknown; readonly isDraining?: unknown } | null;
    return said?.version === 1 && said.isDraining === true;
  } catch {
    return false;
  }
}
