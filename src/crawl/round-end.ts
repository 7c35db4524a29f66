/** What is put in order when a round of a crawl is over. */

import type { CrawlJob } from './crawl-job.ts';
import type { CrawlServices } from './crawl-services.ts';
import { forgetOldEnds } from './old-ends.ts';
import { forgetUnseen, withPass } from './unseen-pages.ts';

/** Between looks for what is old: each reads all that is known of a collection's URLs. */
const TIDY_EVERY_MS = 7 * 86_400_000;

/** Takes away what nothing leads to after a whole pass, and what is old now and then; returns the job with what it notes. */
export async function tidyAfterRound(
  services: CrawlServices,
  job: CrawlJob,
  wasWhole: boolean,
): Promise<CrawlJob> {
  const { clock, log } = services;
  const { collection } = job;
  let noted = job;
  if (wasWhole) {
    noted = { ...noted, wholePasses: withPass(noted) };
    const pages = await forgetUnseen(services, noted);
    if (pages > 0) log.write('info', 'crawl.unseen-removed', { collection, pages });
  }
  const now_ms = clock.now();
  // The first round has nothing old.
  const { tidiedAt_ms = now_ms } = noted;
  if (now_ms - tidiedAt_ms < TIDY_EVERY_MS) return { ...noted, tidiedAt_ms };
  const urls = await forgetOldEnds(services, collection);
  if (urls > 0) log.write('info', 'crawl.old-forgotten', { collection, urls });
  return { ...noted, tidiedAt_ms: now_ms };
}
