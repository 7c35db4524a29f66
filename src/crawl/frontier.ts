/**
 * The durable frontier: which URLs were asked for, which are due, how each ended. A request stands in two records that
 * change together, `frontier` (what is known of the URL) and `due` (its place in the queue); a reply takes the place of
 * the due record. All of a domain's records are on one shard, and each change here is one batch of it.
 */

import type { CollectionId } from '../base/index.ts';
import { collectionRange, type RecordOperation, type Shards, type Store } from '../storage/index.ts';
import {
  ATTEMPTS_KEPT,
  attemptKey,
  dueRange,
  FrontierKind,
  frontierKey,
  lessonRange,
  readFrontierKind,
  type Place,
  placeOf,
  readDueKey,
  tallyKey,
} from './crawl-keys.ts';
import {
  type AttemptRecord,
  decodeReply,
  decodeRequest,
  decodeTally,
  encodeAttempt,
  encodeReply,
  encodeRequest,
  type ReplyRecord,
  type RequestRecord,
  type TallyRecord,
} from './crawl-records.ts';
import { byHolder, inPieces } from './frontier-batches.ts';
import {
  ChangeBuilder,
  type DueEntry,
  dueEntry,
  type NewRequest,
  type RefusedUrl,
} from './frontier-change.ts';
import { type HostRef, hostOf } from './host.ts';
import { deleteRange, deleteSlot, firstDue, slotsHolding } from './skip-scan.ts';
import { Tally } from './tally.ts';

/** What one change did, for whoever keeps sums in memory. */
export interface Change {
  /** New in the queue. */
  readonly added: readonly DueEntry[];
  readonly tally: Tally;
}

/** How an attempt ended. */
export interface Ending {
  readonly reply: Omit<ReplyRecord, 'attempts'>;
  /** Undefined where nobody was asked (robots, traps). */
  readonly attempt: AttemptRecord | undefined;
  /** The attempts made before, in all rounds. */
  readonly attemptsBefore: number;
  /** Counts as a page fetched. */
  readonly isFetch: boolean;
  /** Written in the same batch: what is known of the host. */
  readonly records?: readonly RecordOperation[];
}

/** Requests put into one batch at most. */
const BATCH_REQUESTS = 1_000;

export type { DueEntry, NewRequest, RefusedUrl } from './frontier-change.ts';

export class Frontier {
  readonly #shards: Shards;

  constructor(shards: Shards) {
    this.#shards = shards;
  }

  /**
   * Makes requests durable; a URL that was asked for in this round (with `isOnlyNew`: in any, but for sitemaps) is left as
   * it is. Resolves when all are durable.
   */
  async add(
    collection: CollectionId,
    round: number,
    now_ms: number,
    requests: readonly NewRequest[],
    refused: readonly RefusedUrl[] = [],
    { isOnlyNew = false }: { isOnlyNew?: boolean } = {},
  ): Promise<Change> {
    const added: DueEntry[] = [];
    const total = new Tally(round);
    for (const [store, wanted] of byHolder({ requests, refused }, (slot) => this.#shards.of(slot))) {
      for (const some of inPieces(wanted, BATCH_REQUESTS)) {
        let entries: DueEntry[] = [];
        let tally = new Tally(round);
        await store.sequence(async (reads) => {
          const change = new ChangeBuilder(reads, collection, round);
          for (const [ordinal, request] of some.requests.entries()) {
            const { priority, changedAt_ms, ...asked } = request;
            const whole = { ...asked, round, tries: 0, addedAt_ms: now_ms };
            await change.request(placeOf(collection, request.url), whole, {
              ordinal,
              priority,
              changedAt_ms,
              isOnlyNew: isOnlyNew && !request.isSitemap,
            });
          }
          for (const refusal of some.refused)
            await change.refuse(placeOf(collection, refusal.url), refusal, now_ms);
          entries = change.added;
          tally = change.tally;
          return change.batch();
        });
        added.push(...entries);
        total.merge(tally);
      }
    }
    return { added, tally: total };
  }

  /**
   * Writes how a request ended and takes it from the queue. What stands in the queue no more has ended already, by
   * somebody else or by this very call before its answer was lost: then nothing is written or counted.
   */
  async finish(entry: DueEntry, round: number, ending: Ending): Promise<Tally> {
    const { place, key } = entry;
    const { reply, attempt, attemptsBefore } = ending;
    const attempts = attemptsBefore + (attempt === undefined ? 0 : 1);
    let tally = new Tally(round);
    await this.#shards.of(place.host.slot).sequence(async (reads) => {
      const change = new ChangeBuilder(reads, place.collection, round);
      tally = change.tally;
      if ((await reads.get('due', key)) === undefined) return null;
      change.put('due', key, undefined);
      change.put('frontier', frontierKey(place, FrontierKind.reply), encodeReply({ ...reply, attempts }));
      if (attempt !== undefined)
        change.put('attempts', attemptKey(place, attemptsBefore), encodeAttempt(attempt));
      await change.count(place.host.slot, (counts) => {
        counts.queued -= 1;
        if (ending.isFetch) counts.fetched += 1;
        counts.bytes += attempt?.size_bytes ?? 0;
        if (reply.outcome !== 'sitemap') counts.count(reply.outcome);
      });
      change.records.push(...(ending.records ?? []));
      return change.batch();
    });
    return tally;
  }

  /** Takes a request from the queue without an answer: there is one already. */
  async drop({ place, key }: DueEntry, round: number): Promise<Tally> {
    let tally = new Tally(round);
    await this.#shards.of(place.host.slot).sequence(async (reads) => {
      const change = new ChangeBuilder(reads, place.collection, round);
      tally = change.tally;
      if ((await reads.get('due', key)) === undefined) return null;
      change.put('due', key, undefined);
      await change.count(place.host.slot, (counts) => {
        counts.queued -= 1;
      });
      return change.batch();
    });
    return tally;
  }

  /** Puts a request back for another try at `due_ms`, where it stands in the queue still. */
  async postpone(
    entry: DueEntry,
    due_ms: number,
    attempt: AttemptRecord,
    attemptsBefore: number,
    records: readonly RecordOperation[] = [],
  ): Promise<DueEntry> {
    const { place, key } = entry;
    const request = { ...entry.request, tries: entry.request.tries + 1 };
    const later = dueEntry(place, request, due_ms, 0);
    const value = encodeRequest(request);
    const change: RecordOperation[] = [
      { database: 'due', key, value: undefined },
      { database: 'due', key: later.key, value },
      { database: 'frontier', key: frontierKey(place, FrontierKind.request), value },
      { database: 'attempts', key: attemptKey(place, attemptsBefore), value: encodeAttempt(attempt) },
      ...records,
    ];
    await this.#shards.of(place.host.slot).sequence(async (reads) => {
      const isThere = (await reads.get('due', key)) !== undefined;
      return isThere ? { records: change } : null;
    });
    return later;
  }

  /** How a URL ended last, in whichever round. */
  async reply(place: Place): Promise<ReplyRecord | undefined> {
    const value = await this.#shards
      .of(place.host.slot)
      .get('frontier', frontierKey(place, FrontierKind.reply));
    return value === undefined ? undefined : decodeReply(value);
  }

  /** What was asked for last, or undefined where a URL was never asked for. */
  async request(place: Place): Promise<RequestRecord | undefined> {
    const value = await this.#shards
      .of(place.host.slot)
      .get('frontier', frontierKey(place, FrontierKind.request));
    return value === undefined ? undefined : decodeRequest(value);
  }

  /** Every URL of a collection that was answered, with what was asked and how it ended. */
  async *answered(
    collection: CollectionId,
  ): AsyncGenerator<{ readonly place: Place; readonly request: RequestRecord; readonly reply: ReplyRecord }> {
    for await (const { place, request, reply } of this.known(collection))
      if (reply !== undefined) yield { place, request, reply };
  }

  /** Every URL that was ever asked for, with how it ended last, where it did. */
  async *known(collection: CollectionId): AsyncGenerator<{
    readonly place: Place;
    readonly request: RequestRecord;
    readonly reply: ReplyRecord | undefined;
  }> {
    for (const store of this.#shards.all) {
      for await (const slot of slotsHolding(store, 'frontier', collection)) {
        const { start, end } = collectionRange('frontier', slot, collection);
        // A URL's request stands right before its reply.
        let request: RequestRecord | undefined;
        for await (const { key, value } of store.scan({ database: 'frontier', start, end })) {
          const isRequest = readFrontierKind(key) === FrontierKind.request;
          if (request !== undefined) {
            const reply = isRequest ? undefined : decodeReply(value);
            yield { place: placeOf(collection, request.url), request, reply };
          }
          request = isRequest ? decodeRequest(value) : undefined;
        }
        if (request !== undefined)
          yield { place: placeOf(collection, request.url), request, reply: undefined };
      }
    }
  }

  /** Writes another end for a URL that nobody asks for at present. */
  async correct(place: Place, reply: ReplyRecord): Promise<void> {
    const key = frontierKey(place, FrontierKind.reply);
    const value = encodeReply(reply);
    await this.#shards.of(place.host.slot).append({ records: [{ database: 'frontier', key, value }] });
  }

  /** Due requests of a host in order, from the key `from` on; `from` undefined begins at the beginning. */
  async readDue(
    collection: CollectionId,
    host: HostRef,
    part: 'now' | 'later',
    from: Uint8Array | undefined,
    limit: number,
  ): Promise<{ entries: DueEntry[]; resume: Uint8Array | undefined }> {
    const { start, end } = dueRange(collection, host, part);
    const store = this.#shards.of(host.slot);
    const { records, resume } = await store.range({ database: 'due', start: from ?? start, end, limit });
    return { entries: records.map(({ key, value }) => entryOf(collection, key, value)), resume };
  }

  /** Sums of a collection over all slots, or those of some shards. */
  async sum(collection: CollectionId, stores: readonly Store[] = this.#shards.all): Promise<TallyRecord> {
    const total = new Tally(0);
    for (const store of stores) {
      for await (const slot of slotsHolding(store, 'meta', collection)) {
        const value = await store.get('meta', tallyKey(collection, slot));
        if (value !== undefined) total.merge(Tally.of(decodeTally(value)));
      }
    }
    return total.record();
  }

  /** True where nothing of a collection waits in a shard. */
  async isEmpty(collection: CollectionId, store: Store): Promise<boolean> {
    for await (const _ of slotsHolding(store, 'due', collection)) return false;
    return true;
  }

  /** Hosts with due requests, each once, from one read per host. */
  async *hosts(
    collection: CollectionId,
    stores: readonly Store[] = this.#shards.all,
  ): AsyncGenerator<HostRef> {
    for (const store of stores) {
      for await (const slot of slotsHolding(store, 'due', collection)) {
        let from: HostRef | undefined;
        for (;;) {
          const first: Uint8Array | undefined = await firstDue(store, collection, slot, from);
          if (first === undefined) break;
          from = hostOf(decodeRequest(first).url);
          yield from;
        }
      }
    }
  }

  /** Removes what is known of one URL, its place in the queue too. What was counted stays counted. */
  async forgetUrl(place: Place, round: number): Promise<Tally> {
    const queued = await this.#dueOf(place);
    let tally = new Tally(round);
    await this.#shards.of(place.host.slot).sequence(async (reads) => {
      const change = new ChangeBuilder(reads, place.collection, round);
      for (const kind of [FrontierKind.request, FrontierKind.reply]) {
        change.put('frontier', frontierKey(place, kind), undefined);
      }
      for (let n = 0; n < ATTEMPTS_KEPT; n++) change.put('attempts', attemptKey(place, n), undefined);
      for (const key of queued) {
        // Somebody may just have answered it.
        if ((await reads.get('due', key)) === undefined) continue;
        change.put('due', key, undefined);
        await change.count(place.host.slot, (counts) => {
          counts.queued -= 1;
        });
      }
      tally = change.tally;
      return change.batch();
    });
    return tally;
  }

  async #dueOf(place: Place): Promise<Uint8Array[]> {
    const found: Uint8Array[] = [];
    for (const part of ['now', 'later'] as const) {
      let from: Uint8Array | undefined;
      do {
        const { entries, resume } = await this.readDue(place.collection, place.host, part, from, 1_000);
        found.push(...entries.filter((entry) => entry.place.urlHash === place.urlHash).map(({ key }) => key));
        from = resume;
      } while (from !== undefined);
    }
    return found;
  }

  /**
   * Takes everything from a collection's queue. URLs that were answered before stay as they were answered; of those that
   * never were nothing is kept.
   */
  async emptyQueue(collection: CollectionId, round: number): Promise<void> {
    for (const store of this.#shards.all) {
      for await (const slot of slotsHolding(store, 'due', collection)) {
        const { start, end } = collectionRange('due', slot, collection);
        for (let from: Uint8Array | undefined = start; from !== undefined;) {
          const page: Awaited<ReturnType<Store['range']>> = await store.range({
            database: 'due',
            start: from,
            end,
            limit: BATCH_REQUESTS,
          });
          const entries = page.records.map(({ key, value }) => entryOf(collection, key, value));
          await store.sequence(async (reads) => {
            const change = new ChangeBuilder(reads, collection, round);
            for (const entry of entries) await change.withdraw(entry);
            return change.batch();
          });
          from = page.resume;
        }
      }
    }
  }

  /** Removes all that is known of a collection's URLs. */
  async forget(collection: CollectionId): Promise<void> {
    for (const store of this.#shards.all) {
      for (const database of ['due', 'frontier', 'attempts'] as const) {
        for await (const slot of slotsHolding(store, database, collection)) {
          await deleteSlot(store, database, collection, slot);
        }
      }
      for await (const slot of slotsHolding(store, 'meta', collection)) {
        const key = tallyKey(collection, slot);
        await store.append({ records: [{ database: 'meta', key, value: undefined }] });
        await deleteRange(store, 'meta', lessonRange(collection, slot));
      }
    }
  }
}

function entryOf(collection: CollectionId, key: Uint8Array, value: Uint8Array): DueEntry {
  const request = decodeRequest(value);
  return { key, due_ms: readDueKey(key).due_ms, place: placeOf(collection, request.url), request };
}
