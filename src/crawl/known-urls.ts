/** What is known of single URLs and hosts, read and forgotten whoever crawls. */

import type { CollectionId } from '../base/index.ts';
import type { CrawlProgress } from './crawl-contract.ts';
import { type CrawlJob, loadJob } from './crawl-job.ts';
import { placeOf, siteKey, SiteKind } from './crawl-keys.ts';
import { decodePoliteness, type PolitenessRecord } from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { CrawlLimit, CrawlReach, UrlStatus } from './crawler-contract.ts';
import { hostOf } from './host.ts';
import { queuePlaceOf } from './queue-place.ts';
import { Scope } from './scope.ts';
import { requireUrl } from './url-normaliser.ts';

/** `crawl`: what the collection's crawl does. */
export async function statusOf(
  services: Pick<CrawlServices, 'frontier' | 'shards'>,
  collection: CollectionId,
  url: string,
  crawl: CrawlProgress['state'],
): Promise<UrlStatus> {
  const { frontier } = services;
  const normal = requireUrl(url);
  const place = placeOf(collection, normal);
  const [request, reply] = [await frontier.request(place), await frontier.reply(place)];
  const job = await loadJob(services.shards, collection);
  const known = { request, reply, ...(job && { reach: reachOf(job, normal) }) };
  const queue = request === undefined ? undefined : await queuePlaceOf(frontier, place);
  if (queue === undefined) return known;
  const { restUntil_ms = 0 } = (await politenessOf(services, url)) ?? {};
  const limit = job === undefined ? undefined : limitThatEnded(job);
  return { ...known, queue: { ...queue, restUntil_ms, crawl, ...(limit && { limit }) } };
}

function reachOf({ scope, settings }: CrawlJob, url: string): CrawlReach {
  return {
    scope: scope.map(({ value }) => value),
    isInScope: new Scope(scope).includes(url),
    maxDepth: settings.maxDepth,
  };
}

/** Which bound a crawl that left something in its queue had reached. */
function limitThatEnded({ state, stopped, settings, totals, ...job }: CrawlJob): CrawlLimit | undefined {
  if (state !== 'done' || stopped !== undefined || job.isRefresh === true) return undefined;
  const { maxPages, maxTime_s, maxBytes } = settings;
  if (totals.fetched >= maxPages) return { setting: 'maxPages', value: maxPages };
  if (maxTime_s > 0 && job.endedAt_ms - job.startedAt_ms >= maxTime_s * 1_000) {
    return { setting: 'maxTime_s', value: maxTime_s };
  }
  // Nothing else ends a crawl with something left.
  return maxBytes > 0 ? { setting: 'maxBytes', value: maxBytes } : undefined;
}

/** How the host of a URL has been treated. */
export async function politenessOf(
  { shards }: Pick<CrawlServices, 'shards'>,
  url: string,
): Promise<PolitenessRecord | undefined> {
  const host = hostOf(requireUrl(url));
  const value = await shards.of(host.slot).get('sites', siteKey(host, SiteKind.politeness));
  return value === undefined ? undefined : decodePoliteness(value);
}

/** Removes what is known of pages that are to be forgotten. */
export async function forgetUrls(
  { frontier }: Pick<CrawlServices, 'frontier'>,
  collection: CollectionId,
  urls: readonly string[],
  round: number,
): Promise<void> {
  for (const url of urls) {
    if (/^https?:/i.test(url)) await frontier.forgetUrl(placeOf(collection, url), round);
  }
}
