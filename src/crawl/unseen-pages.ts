/**
 * After a whole pass: pages that nothing leads to any more leave the collection. Only such as the pass would have met: what
 * is out of its scope or further away than it went stays.
 */

import type { CrawlJob } from './crawl-job.ts';
import type { ReplyRecord } from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import { isFailing } from './kept-copies.ts';
import { Scope } from './scope.ts';

/** Passes in a row that must not have met a page before it goes. */
const UNSEEN_PASSES = 2;

/** The rounds of the last whole passes, where this one has been one of them; refreshes between them count for nothing. */
export function withPass({ wholePasses = [], round }: CrawlJob): readonly number[] {
  return [...wholePasses.filter((pass) => pass < round), round].slice(-UNSEEN_PASSES);
}

/** Removes documents that the last whole passes, and all that was asked since, did not meet; returns how many. */
export async function forgetUnseen(
  { frontier, sink, clock }: CrawlServices,
  { collection, scope: rules, settings, wholePasses = [] }: CrawlJob,
): Promise<number> {
  const [first] = wholePasses;
  if (first === undefined || wholePasses.length < UNSEEN_PASSES) return 0;
  const scope = new Scope(rules);
  let forgotten = 0;
  for await (const { place, request, reply } of frontier.answered(collection)) {
    const { url, depth } = request;
    if (reply.round >= first || !mayBeStored(reply)) continue;
    if (depth > settings.maxDepth || !scope.includes(url)) continue;
    await sink.remove(collection, url);
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

function mayBeStored(reply: ReplyRecord): boolean {
  const { outcome, history } = reply;
  return outcome === 'indexed' || outcome === 'unchanged' || (history.seenAt_ms > 0 && isFailing(reply));
}
