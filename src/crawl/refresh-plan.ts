/** What a refresh asks for again: the pages whose copies are likeliest to be stale, weighed by what they are worth. */

import type { ChangeHistory } from './change-history.ts';
import type { CrawlJob } from './crawl-job.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { NewRequest } from './frontier.ts';
import { isFailing } from './kept-copies.ts';
import { BestPages, claimOf, weightOfDepth } from './recrawl-policy.ts';
import { type RuleDecision, RuleTable } from './rule-table.ts';
import { Scope } from './scope.ts';

/** Ends of pages that are there; such as fail are asked for too, and those that were never good by whole passes only. */
const THERE: ReadonlySet<string> = new Set([
  'indexed',
  'unchanged',
  'duplicate',
  'noindex',
  'canonical-elsewhere',
]);

/** Above every claim: pages that a rule says are due, the one that waits longest first. */
const DUE_CLAIM = 1e12;

/**
 * The `limit` best pages of a crawl's scope, best first. Walks the frontier once, in memory for the chosen only. A row that lets in so many
 * pages of a host has no more of them chosen than that.
 */
export async function planRefresh(
  { frontier, clock }: CrawlServices,
  { collection, settings, scope: rules }: CrawlJob,
  limit: number = settings.refreshPages,
): Promise<NewRequest[]> {
  const table = RuleTable.of(settings.rules);
  const scope = new Scope(rules);
  const best = new BestPages<NewRequest>(limit);
  const now_ms = clock.now();
  // A host's pages stand together.
  let host = '';
  const ofHost = new Map<number, BestPages<{ readonly claim: number; readonly page: NewRequest }>>();
  const endHost = (): void => {
    for (const some of ofHost.values()) for (const { claim, page } of some.take()) best.push(claim, page);
    ofHost.clear();
  };
  for await (const { place, request, reply } of frontier.answered(collection)) {
    const { url, depth, isSitemap } = request;
    if (isSitemap || reply.history.seenAt_ms === 0) continue;
    if ((!THERE.has(reply.outcome) && !isFailing(reply)) || !scope.includes(url)) continue;
    if (place.host.key !== host) endHost();
    host = place.host.key;
    const decision = table.decide({ url, depth, isSeed: depth === 0, isKnown: true });
    const { action, row, maxPagesPerHost } = decision;
    if (action === 'skip') continue;
    const claim = claimBy(decision, depth, reply.history, now_ms);
    if (claim === undefined) continue;
    const page = { url, depth, redirects: 0, isSitemap: false };
    if (maxPagesPerHost === undefined) best.push(claim, page);
    else {
      const some = ofHost.get(row) ?? new BestPages(Math.min(limit, maxPagesPerHost));
      ofHost.set(row, some);
      some.push(claim, { claim, page });
    }
  }
  endHost();
  return best.take();
}

/** Undefined before the time that a rule names. */
function claimBy(
  { refreshAfter_s, weight }: RuleDecision,
  depth: number,
  history: ChangeHistory,
  now_ms: number,
): number | undefined {
  if (refreshAfter_s === undefined)
    return claimOf({ weight: weight ?? weightOfDepth(depth), history }, now_ms);
  const late_ms = now_ms - history.seenAt_ms - refreshAfter_s * 1_000;
  return late_ms < 0 ? undefined : DUE_CLAIM + late_ms;
}
