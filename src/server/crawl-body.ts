/** A request to crawl as the crawler takes it: the body without the collection, and without what was left empty. */

import { type CrawlRequest, parseQuietHours, rulesOfText } from '../crawl/index.ts';
import type { CrawlBody } from './crawl-schemas.ts';

/** `BAD_ARGUMENT` for rules or hours that can't be read. */
export function crawlRequestOf({ quietHours, rules, ...body }: CrawlBody): CrawlRequest {
  const given = Object.entries(body).filter(([name, value]) => name !== 'c' && value !== undefined);
  return {
    ...(Object.fromEntries(given) as unknown as CrawlRequest),
    ...(quietHours !== undefined && { quietHours: quietHours.split(',').map(parseQuietHours) }),
    ...(rules !== undefined && { rules: rulesOfText(rules) }),
  };
}
