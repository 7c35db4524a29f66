/** What requests about crawls may say. */

import { z } from 'zod';

import { URL_BYTES } from './limits.ts';
import {
  collection,
  type CollectionParameter,
  flag,
  given,
  oneOf,
  seeds,
  text,
  whole,
} from './request-schemas.ts';

/** A crawl to start: JSON, or a form in which `seeds` is one address a line. */
export interface CrawlBody extends CollectionParameter {
  readonly seeds: readonly string[];
  readonly scope?: 'site' | 'domain' | 'prefix' | undefined;
  readonly maxPages?: number | undefined;
  readonly maxDepth?: number | undefined;
  readonly maxTime_s?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly delay_ms?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly maxPage_bytes?: number | undefined;
  readonly allowPrivate?: boolean | undefined;
  readonly render?: 'never' | 'auto' | undefined;
  readonly cookies?: boolean | undefined;
  readonly webhook?: string | undefined;
  readonly indexNow?: boolean | undefined;
  readonly refreshEvery_s?: number | undefined;
  readonly refreshPages?: number | undefined;
  readonly maxPages_per_s?: number | undefined;
  readonly maxBytes_per_s?: number | undefined;
  readonly quietHours?: string | undefined;
  readonly rules?: string | undefined;
}

export interface RefreshBody extends CollectionParameter {
  readonly urls?: readonly string[] | undefined;
  readonly pages?: number | undefined;
}

export const refreshBody: z.ZodType<RefreshBody> = z.object({
  c: collection,
  urls: z.optional(seeds).describe('Pages to ask for again; without them those likeliest to have changed.'),
  pages: given(whole(1, 1_000_000)).describe('How many of those.'),
});

export const crawlBody: z.ZodType<CrawlBody> = z.object({
  c: collection,
  seeds: seeds.describe('Addresses to begin with.'),
  scope: given(oneOf(['site', 'domain', 'prefix'])).describe('How far from the seeds to go.'),
  maxPages: given(whole(1, 1_000_000_000)).describe('Pages to fetch at most.'),
  maxDepth: given(whole(0, 1_000)).describe('Links to follow from a seed at most.'),
  maxTime_s: given(whole(0, 31_622_400)).describe('End after so many seconds; 0: no limit.'),
  maxBytes: given(whole(0, Number.MAX_SAFE_INTEGER)).describe('End after so many bytes; 0: no limit.'),
  delay_ms: given(whole(0, 3_600_000)).describe('Gap between two requests to a host, milliseconds.'),
  concurrency: given(whole(1, 256)).describe('Hosts asked at once.'),
  maxPage_bytes: given(whole(1_024, 1_073_741_824)).describe('Larger pages are not read.'),
  allowPrivate: given(flag).describe('Fetch from private addresses too.'),
  render: given(oneOf(['never', 'auto'])).describe('Run the scripts of pages that are empty without them.'),
  cookies: given(flag).describe('Send back the cookies that sites set, while the crawl lasts.'),
  webhook: given(text(URL_BYTES)).describe('Told by POST when the crawl is done, paused, stopped or failed.'),
  indexNow: given(flag).describe('Take notices of changed pages from the sites in scope (IndexNow).'),
  refreshEvery_s: given(whole(0, 31_622_400)).describe('Refresh by itself so often, seconds; 0: never.'),
  refreshPages: given(whole(1, 1_000_000)).describe('Pages of a refresh.'),
  maxPages_per_s: given(whole(0, 1_000_000)).describe('Pages a second over all hosts; 0: no limit.'),
  maxBytes_per_s: given(whole(0, 1_000_000_000_000)).describe('Bytes a second over all hosts; 0: no limit.'),
  quietHours: given(text(200)).describe(
    'Hours, by UTC, in which nothing is fetched: 22:00-06:00, by commas.',
  ),
  rules: given(text(65_536)).describe('URL rules, one a line, such as: skip path ^= "/private/".'),
});

/** Outcomes, by commas or given several times. */
const words: z.ZodType<readonly string[] | undefined> = z
  .preprocess(
    (value: unknown) => [value].flat().flatMap((one) => (typeof one === 'string' ? one.split(',') : [])),
    z.array(text(40)).max(40),
  )
  .transform((list) => {
    const kept = list.map((word) => word.trim()).filter((word) => word !== '');
    return kept.length === 0 ? undefined : kept;
  });

export interface RecordsParameters extends CollectionParameter {
  readonly outcome?: readonly string[] | undefined;
  readonly status?: number | undefined;
  readonly host?: string | undefined;
  readonly url?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly limit?: number | undefined;
  readonly format?: 'ndjson' | 'csv' | undefined;
}

export const recordsParameters: z.ZodType<RecordsParameters> = z.object({
  c: collection,
  outcome: z
    .optional(words)
    .describe('How they ended: indexed, robots-forbidden, timeout, queued …; by commas.'),
  status: given(whole(0, 999)).describe('HTTP status of the last answer.'),
  host: given(text(300)).describe('One host, which is found at once.'),
  url: given(text(URL_BYTES)).describe('Part of the address.'),
  since: given(whole(0, Number.MAX_SAFE_INTEGER)).describe('Ended at or after this time, ms since 1970.'),
  until: given(whole(0, Number.MAX_SAFE_INTEGER)).describe('Ended at or before this time, ms since 1970.'),
  limit: given(whole(1, 1_000_000_000)).describe('So many at most; default: all.'),
  format: given(oneOf(['ndjson', 'csv'])).describe('Form of the lines; default: ndjson.'),
});

/** A notice by IndexNow: addresses of one host, and the key that stands there. */
export interface IndexNowBody {
  readonly host?: string | undefined;
  readonly key: string;
  readonly keyLocation?: string | undefined;
  readonly urlList: readonly string[];
}

export const indexNowBody: z.ZodType<IndexNowBody> = z.object({
  host: given(text(300)).describe('Host of the addresses.'),
  key: text(128).describe('The key that stands in a file of the site.'),
  keyLocation: given(text(URL_BYTES)).describe('Address of that file; default: /KEY.txt.'),
  urlList: z.array(text(URL_BYTES)).min(1).max(10_000).describe('Addresses that have changed.'),
});

export interface IndexNowParameters extends CollectionParameter {
  readonly url: string;
  readonly key: string;
  readonly keyLocation?: string | undefined;
}

export const indexNowParameters: z.ZodType<IndexNowParameters> = z.object({
  c: collection,
  url: text(URL_BYTES).describe('Address that has changed.'),
  key: text(128).describe('The key that stands in a file of the site.'),
  keyLocation: given(text(URL_BYTES)).describe('Address of that file; default: /KEY.txt.'),
});
