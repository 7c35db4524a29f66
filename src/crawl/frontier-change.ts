/** One change of the frontier: the records and counts of one batch of one shard. */

import type { CollectionId, Slot } from '../base/index.ts';
import type { RecordOperation, SequencedReads } from '../storage/index.ts';
import { NO_HISTORY } from './change-history.ts';
import type { CrawlOutcome } from './crawl-contract.ts';
import { dueKey, FrontierKind, frontierKey, type Place, tallyKey } from './crawl-keys.ts';
import {
  decodeReply,
  decodeRequest,
  decodeTally,
  encodeReply,
  encodeRequest,
  encodeTally,
  type RequestRecord,
} from './crawl-records.ts';
import { Tally } from './tally.ts';

/** A URL to be asked for. */
export type NewRequest = Omit<RequestRecord, 'addedAt_ms' | 'round' | 'tries'> & {
  /** 0 first … 255 last; default: its depth. */
  readonly priority?: number | undefined;
  /** When it changed last, as a sitemap says, ms since 1970. */
  readonly changedAt_ms?: number;
};

/** A URL that will not be asked for, and why. Kept as a reply, so that it is counted once and can be explained. */
export interface RefusedUrl {
  readonly url: string;
  readonly outcome: CrawlOutcome;
  readonly detail: string;
}

/** A request in its place in the queue. */
export interface DueEntry {
  readonly key: Uint8Array;
  readonly due_ms: number;
  readonly place: Place;
  readonly request: RequestRecord;
}

/** How a request is taken. */
interface RequestTerms {
  /** Place among those of one batch. */
  readonly ordinal: number;
  readonly priority: number | undefined;
  /** One that is known stays as it is, unless it has changed since it was seen. */
  readonly isOnlyNew: boolean;
  readonly changedAt_ms?: number | undefined;
}

/** Collects one batch of one shard; counts are read once per slot and written with what they count. */
export class ChangeBuilder {
  readonly #reads: SequencedReads;
  readonly #collection: CollectionId;
  readonly #round: number;
  readonly #slots = new Map<Slot, Tally>();
  readonly #seen = new Set<string>();
  readonly records: RecordOperation[] = [];
  readonly added: DueEntry[] = [];
  readonly tally: Tally;

  constructor(reads: SequencedReads, collection: CollectionId, round: number) {
    this.#reads = reads;
    this.#collection = collection;
    this.#round = round;
    this.tally = new Tally(round);
  }

  put(database: RecordOperation['database'], key: Uint8Array, value: Uint8Array | undefined): void {
    this.records.push({ database, key, value });
  }

  async request(
    place: Place,
    request: RequestRecord,
    { ordinal, priority, isOnlyNew, changedAt_ms = 0 }: RequestTerms,
  ): Promise<void> {
    const key = frontierKey(place, FrontierKind.request);
    if (this.#isRepeated(key)) return;
    const known = await this.#reads.get('frontier', key);
    if (known !== undefined) {
      if (decodeRequest(known).round >= this.#round) return;
      if (isOnlyNew && !(await this.#isOlder(place, changedAt_ms, request.addedAt_ms))) return;
    }
    const entry = dueEntry(place, request, 0, ordinal, priority);
    const value = encodeRequest(request);
    this.put('frontier', key, value);
    this.put('due', entry.key, value);
    this.added.push(entry);
    await this.count(place.host.slot, (counts) => {
      counts.queued += 1;
    });
  }

  /** The page was seen before it changed. What is said to change in time to come is not believed. */
  async #isOlder(place: Place, changedAt_ms: number, now_ms: number): Promise<boolean> {
    if (changedAt_ms === 0 || changedAt_ms > now_ms) return false;
    const value = await this.#reads.get('frontier', frontierKey(place, FrontierKind.reply));
    const seenAt_ms = value === undefined ? 0 : decodeReply(value).history.seenAt_ms;
    return seenAt_ms > 0 && seenAt_ms < changedAt_ms;
  }

  async refuse(place: Place, { outcome, detail }: RefusedUrl, now_ms: number): Promise<void> {
    const key = frontierKey(place, FrontierKind.reply);
    if (this.#isRepeated(key)) return;
    const known = await this.#reads.get('frontier', key);
    if (known !== undefined && decodeReply(known).round >= this.#round) return;
    const nothing = { status: 0, attempts: 0, bodyHash: 0n, target: '', etag: '', lastModified: '' };
    this.put(
      'frontier',
      key,
      encodeReply({ outcome, detail, round: this.#round, at_ms: now_ms, history: NO_HISTORY, ...nothing }),
    );
    await this.count(place.host.slot, (counts) => counts.count(outcome));
  }

  /** Takes a request from the queue as if it had never been asked. */
  async withdraw({ place, key, request }: DueEntry): Promise<void> {
    this.put('due', key, undefined);
    const answered = await this.#reads.get('frontier', frontierKey(place, FrontierKind.reply));
    const value =
      answered === undefined ? undefined : encodeRequest({ ...request, round: decodeReply(answered).round });
    this.put('frontier', frontierKey(place, FrontierKind.request), value);
    await this.count(place.host.slot, (counts) => {
      counts.queued -= 1;
    });
  }

  async count(slot: Slot, change: (counts: Tally) => void): Promise<void> {
    let counts = this.#slots.get(slot);
    if (counts === undefined) {
      const value = await this.#reads.get('meta', tallyKey(this.#collection, slot));
      counts =
        value === undefined ? new Tally(this.#round) : Tally.of(decodeTally(value)).inRound(this.#round);
      this.#slots.set(slot, counts);
    }
    change(counts);
    change(this.tally);
  }

  batch(): { records: readonly RecordOperation[] } | null {
    for (const [slot, counts] of this.#slots) {
      this.put('meta', tallyKey(this.#collection, slot), encodeTally(counts.record()));
    }
    return this.records.length === 0 ? null : { records: this.records };
  }

  #isRepeated(key: Uint8Array): boolean {
    const text = Buffer.from(key).toString('latin1');
    if (this.#seen.has(text)) return true;
    this.#seen.add(text);
    return false;
  }
}

/** A request in its place; `wanted` is its priority where that is not its depth. */
export function dueEntry(
  place: Place,
  request: RequestRecord,
  due_ms: number,
  ordinal: number,
  wanted?: number,
): DueEntry {
  const { depth, addedAt_ms } = request;
  const priority = wanted ?? Math.min(depth, 255);
  const key = dueKey(place, { due_ms, priority, addedAt_ms, ordinal });
  return { key, due_ms, place, request };
}
