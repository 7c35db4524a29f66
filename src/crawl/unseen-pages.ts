/** After a whole pass: pages that nothing leads to any more leave the collection. */

import type { CrawlJob } from './crawl-job.ts';
import type { CrawlServices } from './crawl-services.ts';

/** Passes in a row that must not have met a page before it goes. */
const UNSEEN_PASSES = 2;

/** Removes documents that neither this pass nor the one before asked for; returns how many. */
export async function forgetUnseen(
  services: CrawlServices,
  { collection, round }: CrawlJob,
): Promise<number> {
  const { frontier, sink, clock } = services;
  let forgotten = 0;
  for await (const { place, request, reply } of frontier.answered(collection)) {
    if (reply.round > round - UNSEEN_PASSES) continue;
    if (reply.outcome !== 'indexed' && reply.outcome !== 'unchanged') continue;
    await sink.remove(collection, request.url);
    await frontier.correct(place, {
      ...reply,
      outcome: 'not-found',
      at_ms: clock.now(),
      detail: `${UNSEEN_PASSES} passes over the site met nothing that leads to it`,
    });
    forgotten += 1;
  }
  return forgotten;
}
