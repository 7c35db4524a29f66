/**
 * Care for the mirrors of this host: those whose bytes are damaged are replaced by copies of whole ones, and those of the
 * shards that it leads are compared with each other, slowly, all the time.
 */

import {
  ByteWriter,
  type Clock,
  isPeregrineError,
  type LogSink,
  messageOf,
  PeregrineError,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import type { ComparedStanding } from './cluster-standing.ts';
import type { HeldMirror } from './held-mirror.ts';
import { type HostLink, Service, type ServiceAnswer } from './host-link.ts';
import {
  compareMirrors,
  type MirrorComparison,
  type MirrorDifference,
  remoteMirror,
  type SummingMirror,
  sumRange,
  sumService,
} from './mirror-comparison.ts';
import type { ShardDirectory } from './shard-directory.ts';
import type { ShardDoor } from './shard-door.ts';
import type { HostId } from './shard-record.ts';

/** From the end of a pass over the led shards to the beginning of the next, and before the first. */
const PAUSE_MS: number = 60 * 60 * 1000;
const REPLACE_TIMEOUT_MS = 5_000;
const BYTES_PER_SECOND: number = 4 * 1024 * 1024;

export interface MirrorCareParts {
  readonly host: HostId;
  readonly doors: readonly ShardDoor[];
  readonly mirror: (shard: ShardId) => HeldMirror | undefined;
  readonly directory: ShardDirectory;
  /** Whether a host is heard. */
  readonly isAlive: (host: HostId) => boolean;
  readonly link: HostLink;
  readonly clock: Clock;
  readonly log: LogSink;
  /** Between passes; default one hour. */
  readonly pause_ms?: number;
}

export class MirrorCare {
  readonly #parts: MirrorCareParts;
  readonly #closing = new AbortController();
  readonly #compared = new Map<ShardId, ComparedStanding>();
  #running: Promise<void> | undefined;

  constructor(parts: MirrorCareParts) {
    this.#parts = parts;
  }

  services(): {
    readonly [Service.sumRange]: ServiceAnswer;
    readonly [Service.replaceMirror]: ServiceAnswer;
  } {
    return {
      ...sumService((shard) => this.#ownMirror(shard)),
      [Service.replaceMirror]: async (body) => {
        const [shard, reason] = [toShardId(body.varint()), body.text()];
        this.#parts.mirror(shard)?.replica.doubt(reason);
        return new Uint8Array();
      },
    };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** A reading failed: where bytes are damaged, the mirror is replaced. */
  readFailed(shard: ShardId, error: unknown): void {
    if (isPeregrineError(error, 'CORRUPT')) this.#parts.mirror(shard)?.replica.doubt(error.message);
  }

  /** Looks at what the stores of this host know of their own damage. */
  look(): void {
    for (const { shard } of this.#parts.doors) this.#parts.mirror(shard)?.lookForDamage();
  }

  /**
   * Compares the mirrors of a shard that have everything, from any host, and has those replaced that differ from the
   * leader's, unless it is only to look. `UNAVAILABLE` where nobody leads it.
   */
  async compare(
    shard: ShardId,
    {
      afterPiece,
      onlyLook = false,
    }: {
      readonly afterPiece?: (size_bytes: number) => Promise<void>;
      readonly onlyLook?: boolean;
    } = {},
  ): Promise<MirrorComparison> {
    const { clock, directory, doors, host, isAlive, log } = this.#parts;
    const record = directory.get(shard);
    const store = doors[shard];
    if (record === undefined || store === undefined || !isAlive(record.leader)) {
      throw new PeregrineError('UNAVAILABLE', `Nobody leads shard ${shard}.`, { shard });
    }
    const others = record.inSync.filter((member) => member !== record.leader && isAlive(member));
    const found = await compareMirrors({
      shard,
      store,
      leader: this.#mirrorAt(record.leader, shard),
      others: others.map((member) => this.#mirrorAt(member, shard)),
      clock,
      signal: this.#closing.signal,
      ...(afterPiece === undefined ? {} : { afterPiece }),
    });
    this.#compared.set(shard, {
      at_ms: clock.now(),
      records: found.records,
      differences: found.differences.length,
      unsettled: found.unsettled,
    });
    for (const difference of found.differences) {
      log.write('error', 'cluster.mirrors-differ', { seenBy: host, ...difference });
      if (!onlyLook) await this.#replace(difference);
    }
    return found;
  }

  /** What the last one came to on this host. */
  lastComparison(shard: ShardId): ComparedStanding | undefined {
    return this.#compared.get(shard);
  }

  /** Looks at every shard, one after another. */
  async compareAll(): Promise<readonly MirrorComparison[]> {
    const found: MirrorComparison[] = [];
    for (const { shard } of this.#parts.doors) found.push(await this.compare(shard, { onlyLook: true }));
    return found;
  }

  /** What the leader has stands: whoever has something else gets a copy of it. */
  async #replace({ shard, database, host }: MirrorDifference): Promise<void> {
    const reason = `Records of ${database} are others than the leader's.`;
    if (host === this.#parts.host) return this.#parts.mirror(shard)?.replica.doubt(reason);
    const body = new ByteWriter(128).varint(shard).text(reason).finish();
    await this.#parts.link.ask(host, Service.replaceMirror, body, REPLACE_TIMEOUT_MS);
  }

  #mirrorAt(host: HostId, shard: ShardId): SummingMirror {
    return (
      (host === this.#parts.host ? this.#ownMirror(shard) : undefined) ??
      remoteMirror(this.#parts.link, host, shard)
    );
  }

  #ownMirror(shard: ShardId): SummingMirror | undefined {
    const mirror = this.#parts.mirror(shard);
    const store = mirror?.readable?.store;
    if (mirror === undefined || store === undefined) return undefined;
    return {
      host: this.#parts.host,
      sum: async (database, start, end) => {
        try {
          return await sumRange(store, () => mirror.replica.position?.entry ?? 0, database, start, end);
        } catch (error) {
          this.readFailed(shard, error);
          throw error;
        }
      },
    };
  }

  async #run(): Promise<void> {
    const { clock, doors, log, pause_ms = PAUSE_MS } = this.#parts;
    const { signal } = this.#closing;
    const rest = (for_ms: number): Promise<void> => clock.sleep(for_ms, signal);
    try {
      for (;;) {
        await rest(pause_ms);
        for (const door of doors) {
          if (!door.isLed) continue;
          const afterPiece = (size_bytes: number): Promise<void> =>
            rest((size_bytes * 1000) / BYTES_PER_SECOND);
          await this.compare(door.shard, { afterPiece }).catch((error: unknown) => {
            if (signal.aborted) return;
            log.write('warn', 'cluster.not-compared', { shard: door.shard, message: messageOf(error) });
          });
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
