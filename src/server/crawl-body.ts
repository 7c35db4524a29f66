/** A request to crawl as the crawler takes it: the body without the collection, and without what was left empty. */

import type { CrawlRequest } from '../crawl/index.ts';
import type { CrawlBody } from './crawl-schemas.ts';

export function crawlRequestOf(body: CrawlBody): CrawlRequest {
  const given = Object.entries(body).filter(([name, value]) => name !== 'c' && value !== undefined);
  return Object.fromEntries(given) as unknown as CrawlRequest;
}
