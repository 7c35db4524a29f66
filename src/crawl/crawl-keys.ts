/** Keys of the crawl's databases, field by field: docs/formats/crawl-records.md. */

import { type CollectionId, hashString64, type Slot, toCollectionId, toSlot } from '../base/index.ts';
import { KeyReader, KeyWriter } from '../storage/index.ts';
import { type HostRef, hostOf } from './host.ts';

/** Kinds of `frontier` record of one URL. */
export const FrontierKind: { readonly request: 0; readonly reply: 1 } = { request: 0, reply: 1 };
/** Kinds of `sites` record of one host. Robots are kept for each scheme: they are two servers by RFC 9309. */
export const SiteKind: {
  readonly robotsHttp: 1;
  readonly robotsHttps: 2;
  readonly politeness: 3;
  readonly address: 4;
} = { robotsHttp: 1, robotsHttps: 2, politeness: 3, address: 4 };
/** Kinds of `meta` record that the crawler owns. */
export const CrawlMetaKind: {
  readonly job: 16;
  readonly tally: 17;
  readonly traps: 18;
  readonly twins: 19;
  readonly lease: 20;
  readonly cookies: 21;
  readonly notices: 22;
  readonly quotas: 23;
} = {
  job: 16,
  tally: 17,
  traps: 18,
  twins: 19,
  lease: 20,
  cookies: 21,
  notices: 22,
  quotas: 23,
};
/** What is learned of a host, a site or a domain, in the order of the kinds. */
export const LessonKind: Pick<typeof CrawlMetaKind, 'traps' | 'twins' | 'cookies' | 'quotas'> = CrawlMetaKind;

/** What hosts are like is the same for all collections: it stands under number 0, the process itself. */
const SHARED_COLLECTION: CollectionId = toCollectionId(0);
/** Attempts kept of each URL. */
export const ATTEMPTS_KEPT = 16;

/** A URL as the crawler's databases address it. */
export interface Place {
  readonly collection: CollectionId;
  readonly host: HostRef;
  readonly urlHash: bigint;
}

export function placeOf(collection: CollectionId, url: string): Place {
  return { collection, host: hostOf(url), urlHash: hashString64(url) };
}

export function frontierKey({ collection, host, urlHash }: Place, kind: 0 | 1): Uint8Array {
  return new KeyWriter('frontier', host.slot, collection).u64(host.hash).u64(urlHash).u8(kind).finish();
}

/** Which record of a URL stands under a key of `frontier`. */
export function readFrontierKind(key: Uint8Array): number {
  const reader = new KeyReader(key);
  reader.u64();
  reader.u64();
  return reader.u8();
}

export function attemptKey({ collection, host, urlHash }: Place, attempt: number): Uint8Array {
  const key = new KeyWriter('attempts', host.slot, collection).u64(host.hash).u64(urlHash);
  return key.u8(attempt % ATTEMPTS_KEPT).finish();
}

export function siteKey(host: HostRef, kind: 1 | 2 | 3): Uint8Array {
  return new KeyWriter('sites', host.slot, SHARED_COLLECTION).u64(host.hash).u8(kind).finish();
}

/**
 * How an address was treated, kept beside each of its hosts' domains so that it changes in their batches. The hash of the
 * address stands where a host's does.
 */
export function addressKey({ slot }: HostRef, address: string): Uint8Array {
  const key = new KeyWriter('sites', slot, SHARED_COLLECTION);
  return key.u64(hashString64(address)).u8(SiteKind.address).finish();
}

/** All jobs stand together, on the shard of slot 0, so that a start finds them in one read. */
export function jobKey(collection: CollectionId): Uint8Array {
  return new KeyWriter('meta', toSlot(0), SHARED_COLLECTION).u8(CrawlMetaKind.job).u32(collection).finish();
}

export function tallyKey(collection: CollectionId, slot: HostRef['slot']): Uint8Array {
  return new KeyWriter('meta', slot, collection).u8(CrawlMetaKind.tally).finish();
}

/** Pages that sites told of: all of a collection on the shard of slot 0, beside the jobs, in the order of their coming. */
export function noticeKey(collection: CollectionId, order: bigint): Uint8Array {
  return new KeyWriter('meta', toSlot(0), collection).u8(CrawlMetaKind.notices).u64(order).finish();
}

export function noticeRange(collection: CollectionId): { start: Uint8Array; end: Uint8Array } {
  const start = noticeKey(collection, 0n);
  start[start.length - 1] = 0;
  return { start, end: noticeKey(collection, 0xffff_ffff_ffff_ffffn) };
}

/** Who visits the hosts of a shard, or did so last; `first` is the shard's first slot. */
export function leaseKey(first: Slot): Uint8Array {
  return new KeyWriter('meta', first, SHARED_COLLECTION).u8(CrawlMetaKind.lease).finish();
}

export function lessonKey(
  collection: CollectionId,
  { slot, hash }: Pick<HostRef, 'slot' | 'hash'>,
  kind: (typeof LessonKind)[keyof typeof LessonKind],
): Uint8Array {
  return new KeyWriter('meta', slot, collection).u8(kind).u64(hash).finish();
}

/** All that was learned of hosts of a slot; notices of changed pages, which stand between, are of the same crawl. */
export function lessonRange(
  collection: CollectionId,
  slot: HostRef['slot'],
): { start: Uint8Array; end: Uint8Array } {
  const start = new KeyWriter('meta', slot, collection).u8(LessonKind.traps).u64(0n).finish();
  const end = new KeyWriter('meta', slot, collection)
    .u8(LessonKind.quotas)
    .u64(0xffff_ffff_ffff_ffffn)
    .finish();
  start[start.length - 1] = 0;
  return { start, end };
}

/** When and in which order a URL is due. */
export interface DueOrder {
  /** 0: at once, in order of priority; else not before this time, ms since 1970. */
  readonly due_ms: number;
  /** 0 (first) … 255; the depth of the URL. */
  readonly priority: number;
  readonly addedAt_ms: number;
  /** Place among those added together, 0 … 65,535. */
  readonly ordinal: number;
}

export function dueKey({ collection, host, urlHash }: Place, order: DueOrder): Uint8Array {
  return new KeyWriter('due', host.slot, collection)
    .u64(host.hash)
    .u48(order.due_ms)
    .u8(order.priority)
    .u48(order.addedAt_ms)
    .u16(order.ordinal)
    .u32(Number(urlHash >> 32n))
    .finish();
}

export function readDueKey(key: Uint8Array): DueOrder & { readonly hostHash: bigint } {
  const reader = new KeyReader(key);
  return {
    hostHash: reader.u64(),
    due_ms: reader.u48(),
    priority: reader.u8(),
    addedAt_ms: reader.u48(),
    ordinal: reader.u16(),
  };
}

/** The due records of a host: `now` those to be fetched in order of priority, `later` those that wait for a time. */
export function dueRange(
  collection: CollectionId,
  host: HostRef,
  part: 'now' | 'later',
): { start: Uint8Array; end: Uint8Array } {
  const start = new KeyWriter('due', host.slot, collection)
    .u64(host.hash)
    .u48(part === 'now' ? 0 : 1)
    .finish();
  const end = start.slice();
  start[start.length - 1] = 0;
  // Behind slot, collection and host (14 bytes) stands the time.
  end.fill(0xff, part === 'now' ? 20 : 14);
  return { start, end };
}
