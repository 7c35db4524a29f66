/** When to try again what failed for reasons that may pass. */

import type { CrawlServices } from './crawl-services.ts';
import type { DueEntry } from './frontier.ts';
import type { Conclusion } from './page-conclusion.ts';

/** Tries of a server that says that it is busy. */
const BUSY_TRIES = 5;

/** Undefined where it is not to be tried again. */
export function retryDelay_ms(
  { retryDelays_ms, random }: Pick<CrawlServices, 'retryDelays_ms' | 'random'>,
  { request }: DueEntry,
  { retry, status, outcome }: Conclusion,
): number | undefined {
  if (retry === undefined || outcome === 'sitemap') return undefined;
  const isBusy = status === 429 || status === 503;
  const last = retryDelays_ms.at(-1) ?? 0;
  const own_ms =
    retryDelays_ms[request.tries] ?? (isBusy && request.tries + 1 < BUSY_TRIES ? last : undefined);
  if (own_ms === undefined) return undefined;
  return Math.max(own_ms * (0.8 + 0.4 * random.unit()), retry.after_ms ?? 0);
}
