/**
 * Forgets how URLs ended that hold no page and that nobody has asked for in months: names that a site makes up anew with
 * each visit would fill the disk otherwise. One that is met again is asked for as if it were new.
 */

import type { CollectionId, Slot } from '../base/index.ts';
import { collectionRange, KeyReader, KeyWriter, type RecordOperation, type Store } from '../storage/index.ts';
import { ATTEMPTS_KEPT, FrontierKind } from './crawl-keys.ts';
import { decodeReply, decodeRequest, type ReplyRecord, type RequestRecord } from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import { slotsHolding } from './skip-scan.ts';

/** How long they are remembered. */
const REMEMBERED_MS = 90 * 86_400_000;
const BATCH = 1_000;
/** Ends of which no copy can be left. */
const WITHOUT_COPY: ReadonlySet<string> = new Set([
  'not-found',
  'redirect',
  'duplicate',
  'noindex',
  'canonical-elsewhere',
]);

/** Returns how many were forgotten. For crawls that are at rest. */
export async function forgetOldEnds(
  { shards, clock }: Pick<CrawlServices, 'shards' | 'clock'>,
  collection: CollectionId,
): Promise<number> {
  const before_ms = clock.now() - REMEMBERED_MS;
  let forgotten = 0;
  for (const store of shards.all) {
    for await (const slot of slotsHolding(store, 'frontier', collection))
      forgotten += await forgetIn(store, slot, collection, before_ms);
  }
  return forgotten;
}

async function forgetIn(
  store: Store,
  slot: Slot,
  collection: CollectionId,
  before_ms: number,
): Promise<number> {
  let forgotten = 0;
  let gone: RecordOperation[] = [];
  // A URL's request stands right before its reply; what was refused unasked has none.
  let request:
    | { readonly key: Uint8Array; readonly name: string; readonly record: RequestRecord }
    | undefined;
  const { start, end } = collectionRange('frontier', slot, collection);
  for await (const { key, value } of store.scan({
    database: 'frontier',
    start,
    end,
    priority: 'background',
  })) {
    const reader = new KeyReader(key);
    const [hostHash, urlHash, kind] = [reader.u64(), reader.u64(), reader.u8()];
    const name = `${hostHash} ${urlHash}`;
    if (kind === FrontierKind.request) {
      request = { key: key.slice(), name, record: decodeRequest(value) };
      continue;
    }
    const own = request?.name === name ? request : undefined;
    const reply = decodeReply(value);
    if (!isOver(reply, own?.record, before_ms)) continue;
    gone.push({ database: 'frontier', key: key.slice(), value: undefined });
    if (own !== undefined) gone.push({ database: 'frontier', key: own.key, value: undefined });
    for (let n = 0; n < Math.min(reply.attempts, ATTEMPTS_KEPT); n++) {
      const attempt = new KeyWriter('attempts', slot, collection).u64(hostHash).u64(urlHash).u8(n).finish();
      gone.push({ database: 'attempts', key: attempt, value: undefined });
    }
    forgotten += 1;
    if (gone.length < BATCH) continue;
    await store.append({ records: gone });
    gone = [];
  }
  if (gone.length > 0) await store.append({ records: gone });
  return forgotten;
}

function isOver(
  { at_ms, outcome, round, history }: ReplyRecord,
  request: RequestRecord | undefined,
  before_ms: number,
): boolean {
  // Asked for again since: it stands in the queue.
  if (at_ms >= before_ms || (request !== undefined && request.round > round)) return false;
  return outcome !== 'sitemap' && (history.seenAt_ms === 0 || WITHOUT_COPY.has(outcome));
}
