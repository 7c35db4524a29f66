/** Values of the crawl's databases as bytes: docs/formats/crawl-records.md. Pages of the store carry the checksums. */

import { ByteReader, ByteWriter, PeregrineError } from '../base/index.ts';
import { type ChangeHistory, NO_HISTORY } from './change-history.ts';
import type { CrawlOutcome } from './crawl-contract.ts';

const VERSION = 1;
/** 2 remembers rests; 1 is read as without. */
const POLITENESS_VERSION = 2;
/** 2 counts bytes; 1 is read as without. */
const TALLY_VERSION = 2;
/** 2 knows versions and history; 1 is read as without. */
const REPLY_VERSION = 2;

/** A URL that was asked for. Its due record holds the same bytes. */
export interface RequestRecord {
  readonly url: string;
  readonly depth: number;
  /** Redirects that led here in a row. */
  readonly redirects: number;
  /** Attempts that failed in this round. */
  readonly tries: number;
  /** Which pass over the sites asks for it. */
  readonly round: number;
  readonly addedAt_ms: number;
  readonly isSitemap: boolean;
}

/** How a URL ended; `sitemap` is one that was read for its URLs and is no page. */
export type RecordedOutcome = CrawlOutcome | 'sitemap';

/** What became of a request. */
export interface ReplyRecord {
  readonly outcome: RecordedOutcome;
  readonly round: number;
  readonly at_ms: number;
  readonly status: number;
  /** All attempts ever made, in all rounds. */
  readonly attempts: number;
  /** hash64 of the bytes that came last; 0 where none did. */
  readonly bodyHash: bigint;
  /** Target of a redirect, canonical URL, or URL of the twin; else empty. */
  readonly target: string;
  /** For people. */
  readonly detail: string;
  /** What the server calls the version that came last; empty where it does not say. */
  readonly etag: string;
  readonly lastModified: string;
  readonly history: ChangeHistory;
}

/** One attempt at a URL. */
export interface AttemptRecord {
  readonly outcome: RecordedOutcome;
  readonly at_ms: number;
  readonly took_ms: number;
  readonly status: number;
  readonly size_bytes: number;
  readonly ip: string;
  readonly detail: string;
}

/** A host's robots.txt as it was last had. */
export interface RobotsRecord {
  readonly fetchedAt_ms: number;
  /** Until when it is used without asking again. */
  readonly expiresAt_ms: number;
  /** 0 where the host could not be asked. */
  readonly status: number;
  /** Empty where there is none. */
  readonly body: Uint8Array;
}

/** How politely a host was treated. */
export interface PolitenessRecord {
  readonly requests: number;
  readonly lastRequest_ms: number;
  /** Least time ever between an answer and the next request; 0 before there were two. */
  readonly smallestGap_ms: number;
  /** Until when the server asked to be left alone, or earned it by failing; 0 where it did not. */
  readonly restUntil_ms: number;
}

/** Counts of a collection in one slot, kept with the records that they count. */
export interface TallyRecord {
  readonly round: number;
  readonly queued: number;
  readonly fetched: number;
  /** Of what was fetched, unpacked; undefined in what earlier programs wrote. */
  readonly bytes?: number;
  readonly outcomes: Readonly<Partial<Record<CrawlOutcome, number>>>;
}

/** Numbers never change and are never used again. */
const OUTCOME_NUMBERS: Readonly<Record<RecordedOutcome, number>> = {
  indexed: 1,
  unchanged: 2,
  duplicate: 3,
  noindex: 4,
  'canonical-elsewhere': 5,
  redirect: 6,
  'robots-forbidden': 7,
  'out-of-scope': 8,
  'not-found': 9,
  'http-error': 10,
  'network-error': 11,
  timeout: 12,
  'too-large': 13,
  'unsupported-type': 14,
  'parse-failed': 15,
  'address-refused': 16,
  trap: 17,
  limit: 18,
  sitemap: 19,
};
export function isRecordedOutcome(word: string): word is RecordedOutcome {
  return Object.hasOwn(OUTCOME_NUMBERS, word);
}

const OUTCOMES: ReadonlyMap<number, RecordedOutcome> = new Map(
  Object.entries(OUTCOME_NUMBERS).map(([outcome, number]) => [number, outcome as RecordedOutcome]),
);

export function encodeRequest(record: RequestRecord): Uint8Array {
  return new ByteWriter()
    .u8(VERSION)
    .u8(record.isSitemap ? 1 : 0)
    .varint(record.depth)
    .varint(record.redirects)
    .varint(record.tries)
    .varint(record.round)
    .varint(record.addedAt_ms)
    .text(record.url)
    .finish();
}

export function decodeRequest(bytes: Uint8Array): RequestRecord {
  const reader = open(bytes, 'crawl request');
  const isSitemap = (reader.u8() & 1) === 1;
  return {
    isSitemap,
    depth: reader.varint(),
    redirects: reader.varint(),
    tries: reader.varint(),
    round: reader.varint(),
    addedAt_ms: reader.varint(),
    url: reader.text(),
  };
}

export function encodeReply(record: ReplyRecord): Uint8Array {
  const { history } = record;
  return new ByteWriter()
    .u8(REPLY_VERSION)
    .u8(OUTCOME_NUMBERS[record.outcome])
    .varint(record.round)
    .varint(record.at_ms)
    .varint(record.status)
    .varint(record.attempts)
    .u64(record.bodyHash)
    .text(record.target)
    .text(record.detail)
    .text(record.etag)
    .text(record.lastModified)
    .varint(history.visits)
    .varint(history.changes)
    .varint(history.observed_ms)
    .varint(history.seenAt_ms)
    .varint(history.failingSince_ms)
    .finish();
}

export function decodeReply(bytes: Uint8Array): ReplyRecord {
  const reader = open(bytes, 'crawl reply', REPLY_VERSION);
  const reply = {
    outcome: readOutcome(reader),
    round: reader.varint(),
    at_ms: reader.varint(),
    status: reader.varint(),
    attempts: reader.varint(),
    bodyHash: reader.u64(),
    target: reader.text(),
    detail: reader.text(),
  };
  if (bytes[0] === 1) return { ...reply, etag: '', lastModified: '', history: NO_HISTORY };
  return {
    ...reply,
    etag: reader.text(),
    lastModified: reader.text(),
    history: {
      visits: reader.varint(),
      changes: reader.varint(),
      observed_ms: reader.varint(),
      seenAt_ms: reader.varint(),
      failingSince_ms: reader.varint(),
    },
  };
}

export function encodeAttempt(record: AttemptRecord): Uint8Array {
  return new ByteWriter()
    .u8(VERSION)
    .u8(OUTCOME_NUMBERS[record.outcome])
    .varint(record.at_ms)
    .varint(record.took_ms)
    .varint(record.status)
    .varint(record.size_bytes)
    .text(record.ip)
    .text(record.detail)
    .finish();
}

export function decodeAttempt(bytes: Uint8Array): AttemptRecord {
  const reader = open(bytes, 'crawl attempt');
  return {
    outcome: readOutcome(reader),
    at_ms: reader.varint(),
    took_ms: reader.varint(),
    status: reader.varint(),
    size_bytes: reader.varint(),
    ip: reader.text(),
    detail: reader.text(),
  };
}

export function encodeRobots(record: RobotsRecord): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).varint(record.fetchedAt_ms).varint(record.expiresAt_ms);
  return writer.varint(record.status).blob(record.body).finish();
}

export function decodeRobots(bytes: Uint8Array): RobotsRecord {
  const reader = open(bytes, 'robots record');
  return {
    fetchedAt_ms: reader.varint(),
    expiresAt_ms: reader.varint(),
    status: reader.varint(),
    body: reader.blob().slice(),
  };
}

export function encodePoliteness(record: PolitenessRecord): Uint8Array {
  const writer = new ByteWriter().u8(POLITENESS_VERSION).varint(record.requests);
  writer.varint(record.lastRequest_ms).varint(record.smallestGap_ms);
  return writer.varint(record.restUntil_ms).finish();
}

export function decodePoliteness(bytes: Uint8Array): PolitenessRecord {
  const reader = open(bytes, 'politeness record', POLITENESS_VERSION);
  return {
    requests: reader.varint(),
    lastRequest_ms: reader.varint(),
    smallestGap_ms: reader.varint(),
    restUntil_ms: bytes[0] === 1 ? 0 : reader.varint(),
  };
}

export function encodeTally(record: TallyRecord): Uint8Array {
  const counts = Object.entries(record.outcomes) as [CrawlOutcome, number][];
  const writer = new ByteWriter()
    .u8(TALLY_VERSION)
    .varint(record.round)
    .varint(record.queued)
    .varint(record.fetched)
    .varint(record.bytes ?? 0);
  writer.u8(counts.length);
  for (const [outcome, count] of counts) writer.u8(OUTCOME_NUMBERS[outcome]).varint(count);
  return writer.finish();
}

export function decodeTally(bytes: Uint8Array): TallyRecord {
  const reader = open(bytes, 'crawl tally', TALLY_VERSION);
  const round = reader.varint();
  const queued = reader.varint();
  const fetched = reader.varint();
  const fetched_bytes = bytes[0] === 1 ? 0 : reader.varint();
  const outcomes: Partial<Record<CrawlOutcome, number>> = {};
  for (let left = reader.u8(); left > 0; left--) {
    const outcome = readOutcome(reader);
    const count = reader.varint();
    if (outcome !== 'sitemap') outcomes[outcome] = count;
  }
  return { round, queued, fetched, bytes: fetched_bytes, outcomes };
}

function open(bytes: Uint8Array, what: string, newest = VERSION): ByteReader {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version < VERSION || version > newest) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `A ${what} is of version ${version}, which is newer than this program.`,
      {
        version,
      },
    );
  }
  return reader;
}

function readOutcome(reader: ByteReader): RecordedOutcome {
  const number = reader.u8();
  const outcome = OUTCOMES.get(number);
  if (outcome === undefined)
    throw new PeregrineError('CORRUPT', `There is no crawl outcome ${number}.`, { number });
  return outcome;
}
