/**
 * Hosts that are to hand on everything that they hold: a shared record each, which any host of the cluster may change, with
 * its latest changes in it, so that none is without its place in the history.
 */

import { PeregrineError } from '../base/index.ts';
import type { SettingChange } from '../collection/index.ts';
import type { HostId } from './shard-record.ts';
import { type SharedRecord, type SharedRecords, StreamError, type Subscription } from './spine.ts';

const PREFIX = 'drain.';
/** Somebody else is always faster: something is wrong. */
const MAX_ATTEMPTS = 16;
/** Of each host; the oldest leave as new ones come. */
export const DRAIN_CHANGES_KEPT = 20;

/** By whom something was changed, on which host. */
export type ChangeMaker = Pick<SettingChange, 'at_ms' | 'who' | 'host'>;

interface DrainRecord {
  readonly isDraining: boolean;
  /** The newest first. */
  readonly changes: readonly (ChangeMaker & { readonly isDraining: boolean })[];
}

const NOTHING_SAID: DrainRecord = { isDraining: false, changes: [] };

export class DrainedHosts {
  readonly #records: SharedRecords;
  readonly #known = new Map<HostId, DrainRecord & { readonly revision: number }>();
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

  /** How all hosts came to be drained or not, as last heard; the newest first. */
  changes(): readonly SettingChange[] {
    return [...this.#known]
      .flatMap(([host, record]) => record.changes.map((change) => toldOf(host, change)))
      .sort((a, b) => b.at_ms - a.at_ms);
  }

  /** Resolves when it is written; other hosts hear of it then. The same once more writes nothing. `UNAVAILABLE` where nobody knows. */
  async set(host: HostId, isDraining: boolean, by: ChangeMaker): Promise<void> {
    const key = `${PREFIX}${host}`;
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const found = await this.#records.get(key);
        if (found !== undefined) this.#learn(found);
        const before = found === undefined ? NOTHING_SAID : readRecord(found.value);
        if (before.isDraining === isDraining) return;
        const changes = [{ ...by, isDraining }, ...before.changes].slice(0, DRAIN_CHANGES_KEPT);
        const value = JSON.stringify({ version: 1, isDraining, changes });
        const written = await this.#records.put(key, value, found?.revision ?? 0);
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
    this.#known.set(host, { ...readRecord(value), revision });
  }
}

function toldOf(drained: HostId, { isDraining, ...by }: DrainRecord['changes'][number]): SettingChange {
  return { ...by, setting: `drain ${drained}`, before: String(!isDraining), after: String(isDraining) };
}

/** What can't be read moves nothing. */
function readRecord(value: string): DrainRecord {
  try {
    const said = JSON.parse(value) as (Partial<DrainRecord> & { readonly version?: unknown }) | null;
    if (said?.version !== 1) return NOTHING_SAID;
    const { changes } = said;
    return { isDraining: said.isDraining === true, changes: Array.isArray(changes) ? changes : [] };
  } catch {
    return NOTHING_SAID;
  }
}
