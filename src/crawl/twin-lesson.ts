/** What the end of a page says of its twins. */

import type { CrawlOutcome } from './crawl-contract.ts';
import { placeOf } from './crawl-keys.ts';
import type { RequestRecord } from './crawl-records.ts';
import type { ConclusionContext } from './page-conclusion.ts';
import type { Result } from './run-ledger.ts';
import type { SiteTwins } from './site-twins.ts';

/** Ends by which one URL turns out to be another. */
const ONE_WITH: ReadonlySet<string> = new Set<CrawlOutcome>(['redirect', 'duplicate', 'canonical-elsewhere']);
const OWN_PAGE: ReadonlySet<string> = new Set<CrawlOutcome>(['indexed', 'unchanged']);
const LEADS_NOWHERE: ReadonlySet<string> = new Set<CrawlOutcome>(['not-found', 'http-error']);

/** Learns from a page; one that leads nowhere has the pages that it stood for asked for by their own names. */
export async function learnTwins(
  { services, job, add, rules }: ConclusionContext,
  twins: SiteTwins,
  { url, depth, isSitemap }: RequestRecord,
  { outcome, target = '' }: Result,
): Promise<void> {
  if (isSitemap) return;
  if (target !== '' && ONE_WITH.has(outcome)) twins.confirm(url, target, outcome === 'redirect');
  else if (OWN_PAGE.has(outcome)) {
    for (const { rule, twin } of twins.suspects(url)) {
      const reply = await services.frontier.reply(placeOf(job().collection, twin));
      if (reply !== undefined && (OWN_PAGE.has(reply.outcome) || LEADS_NOWHERE.has(reply.outcome)))
        twins.refute(url, rule);
    }
  } else if (LEADS_NOWHERE.has(outcome)) {
    const others = twins.stoodFor(url).filter((other) => rules.scope.includes(other));
    await add(others.map((other) => ({ url: other, depth, redirects: 0, isSitemap: false })));
  }
}
