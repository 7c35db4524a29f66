/** What is known of single URLs and hosts, read and forgotten whoever crawls. */

import type { CollectionId } from '../base/index.ts';
import type { CrawlProgress } from './crawl-contract.ts';
import { placeOf, siteKey, SiteKind } from './crawl-keys.ts';
import { decodePoliteness, type PolitenessRecord } from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { UrlStatus } from './crawler-contract.ts';
import { hostOf } from './host.ts';
import { queuePlaceOf } from './queue-place.ts';
import { requireUrl } from './url-normaliser.ts';

/** `crawl`: what the collection's crawl does. */
export async function statusOf(
  services: Pick<CrawlServices, 'frontier' | 'shards'>,
  collection: CollectionId,
  url: string,
  crawl: CrawlProgress['state'],
): Promise<UrlStatus> {
  const { frontier } = services;
  const place = placeOf(collection, requireUrl(url));
  const [request, reply] = [await frontier.request(place), await frontier.reply(place)];
  const queue = request === undefined ? undefined : await queuePlaceOf(frontier, place);
  if (queue === undefined) return { request, reply };
  const { restUntil_ms = 0 } = (await politenessOf(services, url)) ?? {};
  return { request, reply, queue: { ...queue, restUntil_ms, crawl } };
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
