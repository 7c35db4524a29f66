/** A collection's crawl as it is kept: what was asked for and how far it is, so that it goes on by itself. */

import { type CollectionId, PeregrineError, toCollectionId, toSlot } from '../base/index.ts';
import { KeyReader, type Shards } from '../storage/index.ts';
import type { CrawlProgress, CrawlRequest } from './crawl-contract.ts';
import { jobKey } from './crawl-keys.ts';
import { type PaceLimits, parseQuietHours } from './crawl-pace.ts';
import type { TallyRecord } from './crawl-records.ts';
import { DEFAULT_MAX_PAGE_BYTES } from './fetcher.ts';
import { RuleTable, type UrlRule } from './rule-table.ts';
import { SCOPE_KINDS, type ScopeRule, scopeRuleOf } from './scope.ts';
import { requireUrl } from './url-normaliser.ts';

const VERSION = 1;
/** Pages of one refresh at most: they are chosen in memory. */
const MAX_REFRESH_PAGES = 1_000_000;
/** Sites, domains or folders of one crawl at most. */
export const MAX_SCOPE_RULES = 10_000;

export interface CrawlSettings extends PaceLimits {
  readonly maxPages: number;
  readonly maxTime_s: number;
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly delay_ms: number;
  readonly concurrency: number;
  readonly allowPrivate: boolean;
  readonly maxPage_bytes: number;
  /** Least time from the end of one pass to the next refresh, s; 0: none by itself. */
  readonly refreshEvery_s: number;
  /** Pages of a refresh. */
  readonly refreshPages: number;
  readonly rules: readonly UrlRule[];
  readonly render: 'never' | 'auto';
  readonly cookies: boolean;
  /** Empty: nobody is told. */
  readonly webhook: string;
  readonly indexNow: boolean;
}

export const DEFAULT_SETTINGS: CrawlSettings = {
  maxPages: 100_000,
  maxTime_s: 0,
  maxBytes: 0,
  maxDepth: 32,
  delay_ms: 250,
  concurrency: 8,
  allowPrivate: false,
  maxPage_bytes: DEFAULT_MAX_PAGE_BYTES,
  refreshEvery_s: 0,
  refreshPages: 1_000,
  rules: [],
  render: 'never',
  cookies: false,
  webhook: '',
  indexNow: false,
  maxPages_per_s: 0,
  maxBytes_per_s: 0,
  quietHours: [],
};

type NumberSetting = {
  [Name in keyof CrawlSettings]: CrawlSettings[Name] extends number ? Name : never;
}[keyof CrawlSettings];

export type CrawlEnd = 'done' | 'paused' | 'stopped' | 'failed';

/** A message about a job that is on its way. */
export interface JobMessage {
  /** The same in all deliveries of one message. */
  readonly id: string;
  readonly event: `crawl.${CrawlEnd}`;
  readonly at_ms: number;
}

export interface CrawlJob {
  readonly collection: CollectionId;
  readonly state: Exclude<CrawlProgress['state'], 'idle'>;
  /** Each pass over the sites has a number, from 1. */
  readonly round: number;
  readonly startedAt_ms: number;
  /** 0 while it runs. */
  readonly endedAt_ms: number;
  readonly settings: CrawlSettings;
  /** The round asks for some known pages again and follows what is new; absent in whole passes. */
  readonly isRefresh?: boolean;
  /** The round began as a refresh and was widened: some pages were read without asking for what they lead to. */
  readonly isMixed?: boolean;
  /** The rounds of the last two passes that met all that can be met, of one scope. */
  readonly wholePasses?: readonly number[];
  /** When records of URLs that hold no page were last looked through for old ones. */
  readonly tidiedAt_ms?: number;
  readonly scope: readonly ScopeRule[];
  /** It was stopped: nothing begins by itself. `emptying`: its queue is being emptied. */
  readonly stopped?: 'emptying' | 'empty' | undefined;
  /** Has not arrived yet. */
  readonly message?: JobMessage | undefined;
  /** As it stood when the job was written last: what is shown of crawls that don't run. */
  readonly totals: TallyRecord;
}

/** Its round meets everything that can be met, where no limit cuts it. */
export function isWholePass({ isRefresh, isMixed }: CrawlJob): boolean {
  return isRefresh !== true && isMixed !== true;
}

/** What a request asks for, checked: `BAD_ARGUMENT` or `TOO_LARGE` with what is wrong. */
export interface CheckedRequest {
  readonly seeds: readonly string[];
  readonly scope: readonly ScopeRule[];
  readonly settings: Partial<CrawlSettings>;
}

export function checkRequest(request: CrawlRequest): CheckedRequest {
  const seeds = [...new Set(request.seeds.map(requireUrl))];
  if (seeds.length === 0)
    throw new PeregrineError('BAD_ARGUMENT', 'A crawl needs at least one URL to begin with.');
  const kind = request.scope ?? 'site';
  if (!SCOPE_KINDS.includes(kind)) {
    throw new PeregrineError('BAD_ARGUMENT', `There is no scope "${kind}": use ${SCOPE_KINDS.join(', ')}.`);
  }
  const rules = new Map(seeds.map((seed) => [scopeRuleOf(seed, kind).value, scopeRuleOf(seed, kind)]));
  if (rules.size > MAX_SCOPE_RULES) {
    throw new PeregrineError(
      'TOO_LARGE',
      `The seeds are of ${rules.size} sites; one crawl takes ${MAX_SCOPE_RULES}.`,
    );
  }
  const settings: Partial<CrawlSettings> = {
    ...number('maxPages', request.maxPages, 1, Number.MAX_SAFE_INTEGER),
    ...number('maxTime_s', request.maxTime_s, 0, 366 * 86_400),
    ...number('maxBytes', request.maxBytes, 0, Number.MAX_SAFE_INTEGER),
    ...number('maxDepth', request.maxDepth, 0, 10_000),
    ...number('delay_ms', request.delay_ms, 0, 3_600_000),
    ...number('concurrency', request.concurrency, 1, 256),
    ...number('refreshEvery_s', request.refreshEvery_s, 0, 366 * 86_400),
    ...number('refreshPages', request.refreshPages, 1, MAX_REFRESH_PAGES),
    ...number('maxPages_per_s', request.maxPages_per_s, 0, 1_000_000),
    ...number('maxBytes_per_s', request.maxBytes_per_s, 0, Number.MAX_SAFE_INTEGER),
    ...(request.quietHours !== undefined && {
      quietHours: request.quietHours.map(({ from, to }) => parseQuietHours(`${from}-${to}`)),
    }),
    ...(request.rules !== undefined && { rules: RuleTable.of(request.rules).rules }),
    ...(request.render !== undefined && { render: renderingOf(request.render) }),
    ...number('maxPage_bytes', request.maxPage_bytes, 1, 256 * 1024 * 1024),
    ...(request.webhook !== undefined && {
      webhook: request.webhook === '' ? '' : requireUrl(request.webhook),
    }),
    ...(request.indexNow !== undefined && { indexNow: request.indexNow }),
    ...(request.cookies !== undefined && { cookies: request.cookies }),
    ...(request.allowPrivate !== undefined && { allowPrivate: request.allowPrivate }),
  };
  return { seeds, scope: [...rules.values()], settings };
}

function renderingOf(value: string): CrawlSettings['render'] {
  if (value === 'never' || value === 'auto') return value;
  throw new PeregrineError('BAD_ARGUMENT', `render is "${value}": use never or auto.`);
}

function number<Name extends NumberSetting>(
  name: Name,
  value: number | undefined,
  least: number,
  most: number,
): Partial<Record<Name, number>> {
  if (value === undefined) return {};
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `${name} is ${value}: it must be a whole number from ${least} to ${most}.`,
    );
  }
  return { [name]: value } as Partial<Record<Name, number>>;
}

export async function saveJob(shards: Shards, job: CrawlJob): Promise<void> {
  const { collection, ...fields } = job;
  const text = new TextEncoder().encode(JSON.stringify(fields));
  const value = new Uint8Array(1 + text.length);
  value[0] = VERSION;
  value.set(text, 1);
  await shards.of(toSlot(0)).append({ records: [{ database: 'meta', key: jobKey(collection), value }] });
}

export async function removeJob(shards: Shards, collection: CollectionId): Promise<void> {
  const key = jobKey(collection);
  await shards.of(toSlot(0)).append({ records: [{ database: 'meta', key, value: undefined }] });
}

export async function loadJob(shards: Shards, collection: CollectionId): Promise<CrawlJob | undefined> {
  const value = await shards.of(toSlot(0)).get('meta', jobKey(collection));
  return value === undefined ? undefined : decodeJob(collection, value);
}

export async function loadJobs(shards: Shards): Promise<CrawlJob[]> {
  const jobs: CrawlJob[] = [];
  const range = { start: jobKey(toCollectionId(0)), end: jobKey(toCollectionId(0xffff_ffff)) };
  for await (const { key, value } of shards.of(toSlot(0)).scan({ database: 'meta', ...range })) {
    jobs.push(decodeJob(collectionOf(key), value));
  }
  return jobs;
}

/** In a job's key the collection stands behind the kind. */
function collectionOf(key: Uint8Array): CollectionId {
  const reader = new KeyReader(key);
  reader.u8();
  return toCollectionId(reader.u32());
}

function decodeJob(collection: CollectionId, value: Uint8Array): CrawlJob {
  if (value[0] !== VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The crawl of collection ${collection} is of version ${value[0]}.`,
    );
  }
  const fields = JSON.parse(new TextDecoder().decode(value.subarray(1))) as Omit<CrawlJob, 'collection'>;
  // Jobs of earlier programs lack settings that came later.
  return { collection, ...fields, settings: { ...DEFAULT_SETTINGS, ...fields.settings } };
}
