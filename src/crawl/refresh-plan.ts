/** What a refresh asks for again: the pages whose copies are likeliest to be stale, weighed by what they are worth. */

import type { CollectionId } from '../base/index.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { NewRequest } from './frontier.ts';
import type { RuleTable } from './rule-table.ts';
import { BestPages, claimOf, weightOfDepth } from './recrawl-policy.ts';

/** Ends of pages that may be pages still; those that were never good are asked for by whole passes only. */
const WORTH_ASKING: ReadonlySet<string> = new Set([
  'indexed',
  'unchanged',
  'duplicate',
  'noindex',
  'canonical-elsewhere',
  'http-error',
  'network-error',
  'timeout',
]);

/** The `limit` best pages, best first. Walks the frontier once, in memory for the chosen only. */
export async function planRefresh(
  { frontier, clock }: CrawlServices,
  collection: CollectionId,
  limit: number,
  table: RuleTable,
): Promise<NewRequest[]> {
  const best = new BestPages<NewRequest>(limit);
  const now_ms = clock.now();
  for await (const { request, reply } of frontier.answered(collection)) {
    const { url, depth, isSitemap } = request;
    if (isSitemap || reply.history.seenAt_ms === 0 || !WORTH_ASKING.has(reply.outcome)) continue;
    const { action, weight = weightOfDepth(depth) } = table.decide({
      url,
      depth,
      isSeed: depth === 0,
      isKnown: true,
    });
    if (action === 'skip') continue;
    const claim = claimOf({ weight, history: reply.history }, now_ms);
    best.push(claim, { url, depth, redirects: 0, isSitemap: false });
  }
  return best.take();
}
