/** What a crawl did, URL by URL: how each ended, with the attempts that led there. Searched where it lies, in one walk. */

import { type CollectionId, csvRow, hashString64 } from '../base/index.ts';
import { KeyWriter, type Shards } from '../storage/index.ts';
import { loadJob } from './crawl-job.ts';
import {
  ATTEMPTS_KEPT,
  attemptKey,
  FrontierKind,
  type Place,
  placeOf,
  readFrontierKind,
} from './crawl-keys.ts';
import {
  type AttemptRecord,
  decodeAttempt,
  decodeReply,
  decodeRequest,
  isRecordedOutcome,
  type RecordedOutcome,
  type ReplyRecord,
  type RequestRecord,
} from './crawl-records.ts';
import { Frontier } from './frontier.ts';
import { hostOf } from './host.ts';
import { isKnown } from './page-conclusion.ts';
import { RuleTable } from './rule-table.ts';

export interface CrawlRecordFilter {
  /** How it ended; `queued`: not yet. Default: any. */
  readonly outcomes?: readonly (RecordedOutcome | 'queued')[];
  /** HTTP status of the last answer. */
  readonly status?: number;
  /** `example.org`, with the port where it is not the scheme's own: reads that host's records alone. */
  readonly host?: string;
  /** Part of the URL. */
  readonly url?: string;
  /** Ended at or after this time, ms since 1970. */
  readonly since_ms?: number;
  readonly until_ms?: number;
  /** Records given at most; default: all. */
  readonly limit?: number;
}

/** A URL that a crawl met, and how it ended. */
export interface CrawlRecord {
  readonly url: string;
  readonly outcome: RecordedOutcome | 'queued';
  /** Why, for people: the line of robots.txt, the row of the rules, the error. */
  readonly detail: string;
  /** When it ended, or was asked for; ms since 1970. */
  readonly at_ms: number;
  readonly status: number;
  /** Links from a seed; 0 for what was refused without being asked for. */
  readonly depth: number;
  readonly round: number;
  /** All attempts ever made. */
  readonly attempts: number;
  /** Target of a redirect, canonical URL, or URL of the twin. */
  readonly target: string;
  /** The row of the crawl's present rules that decides on it; empty where none does. */
  readonly rule: string;
  /** The last sixteen, the newest first. */
  readonly tries: readonly AttemptRecord[];
}

/** True for a word that stands in records for how a URL ended. */
export function isRecordOutcome(word: string): word is CrawlRecord['outcome'] {
  return word === 'queued' || isRecordedOutcome(word);
}

/** Records in the order of hosts. What was refused as a link, unasked, has no URL on record and is left out. */
export async function* searchCrawlRecords(
  shards: Shards,
  collection: CollectionId,
  filter: CrawlRecordFilter = {},
): AsyncGenerator<CrawlRecord> {
  const job = await loadJob(shards, collection);
  const table = RuleTable.of(job?.settings.rules ?? []);
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  const walk =
    filter.host === undefined
      ? new Frontier(shards).known(collection)
      : recordsOfHost(shards, collection, filter.host);
  for await (const { place, request, reply } of walk) {
    if (left <= 0) return;
    const plain = recordOf(request, reply);
    if (!isWanted(plain, filter)) continue;
    left -= 1;
    const rule = ruleOf(table, plain, reply);
    yield { ...plain, rule, tries: await attemptsOf(shards, place, plain.attempts) };
  }
}

interface Known {
  readonly place: Place;
  readonly request: RequestRecord;
  readonly reply: ReplyRecord | undefined;
}

/** Both schemes of a host have one range of keys. */
async function* recordsOfHost(shards: Shards, collection: CollectionId, name: string): AsyncGenerator<Known> {
  const host = hostOf(`http://${name}/`);
  const start = new KeyWriter('frontier', host.slot, collection).u64(hashString64(host.key)).finish();
  const end = start.slice();
  start[start.length - 1] = 0;
  end.fill(0xff, HOST_KEY_BYTES);
  let open: Known | undefined;
  for await (const { key, value } of shards.of(host.slot).scan({ database: 'frontier', start, end })) {
    if (readFrontierKind(key) === FrontierKind.request) {
      if (open !== undefined) yield open;
      const request = decodeRequest(value);
      open = { place: placeOf(collection, request.url), request, reply: undefined };
    } else if (open !== undefined) {
      yield { ...open, reply: decodeReply(value) };
      open = undefined;
    }
  }
  if (open !== undefined) yield open;
}

/** Slot, collection and host of a key. */
const HOST_KEY_BYTES = 14;

function recordOf(request: RequestRecord, reply: ReplyRecord | undefined): CrawlRecord {
  const { url, depth, round, addedAt_ms, tries } = request;
  // Asked for again since it ended last.
  const isQueued = reply === undefined || reply.round < round;
  return {
    url,
    depth,
    round,
    outcome: isQueued ? 'queued' : reply.outcome,
    detail: isQueued ? '' : reply.detail,
    at_ms: isQueued ? addedAt_ms : reply.at_ms,
    status: reply?.status ?? 0,
    attempts: (reply?.attempts ?? 0) + (isQueued ? tries : 0),
    target: reply?.target ?? '',
    rule: '',
    tries: [],
  };
}

function ruleOf(table: RuleTable, { url, depth }: CrawlRecord, reply: ReplyRecord | undefined): string {
  const { row, reason } = table.decide({ url, depth, isSeed: depth === 0, isKnown: isKnown(reply) });
  return row === 0 ? '' : reason;
}

function isWanted(
  record: CrawlRecord,
  { outcomes, status, url, since_ms, until_ms }: CrawlRecordFilter,
): boolean {
  return (
    (outcomes === undefined || outcomes.includes(record.outcome)) &&
    (status === undefined || record.status === status) &&
    (url === undefined || record.url.includes(url)) &&
    (since_ms === undefined || record.at_ms >= since_ms) &&
    (until_ms === undefined || record.at_ms <= until_ms)
  );
}

async function attemptsOf(shards: Shards, place: Place, attempts: number): Promise<AttemptRecord[]> {
  const store = shards.of(place.host.slot);
  const found: AttemptRecord[] = [];
  for (let n = attempts - 1; n >= Math.max(0, attempts - ATTEMPTS_KEPT); n--) {
    const value = await store.get('attempts', attemptKey(place, n));
    if (value !== undefined) found.push(decodeAttempt(value));
  }
  return found;
}

const COLUMNS = [
  'url',
  'outcome',
  'status',
  'at',
  'took_ms',
  'size_bytes',
  'ip',
  'attempts',
  'depth',
  'round',
  'target',
  'rule',
  'detail',
] as const;

/** First line of a table of records. */
export const RECORD_COLUMNS: string = COLUMNS.join(',');

/** A record as a line of a table, without its end. */
export function recordLine(record: CrawlRecord): string {
  const [last] = record.tries;
  const fields: Readonly<Record<(typeof COLUMNS)[number], string | number>> = {
    ...record,
    at: new Date(record.at_ms).toISOString(),
    took_ms: last?.took_ms ?? '',
    size_bytes: last?.size_bytes ?? '',
    ip: last?.ip ?? '',
  };
  return csvRow(COLUMNS.map((column) => fields[column]));
}
