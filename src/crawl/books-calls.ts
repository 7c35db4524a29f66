/** Calls of a crawler that does not keep the books, done by the one that does. */

import { type CollectionId, PeregrineError } from '../base/index.ts';
import type { CrawlRequest } from './crawl-contract.ts';
import type { ProcessCrawler } from './crawler.ts';
import type { RefreshChoice } from './crawler-contract.ts';
import type { BooksCall } from './crew-messages.ts';
import type { IndexNowNotice } from './index-now.ts';

type Calls = {
  readonly [Call in BooksCall]: (
    books: ProcessCrawler,
    collection: CollectionId,
    argument: unknown,
  ) => Promise<unknown>;
};

const CALLS: Calls = {
  start: (books, collection, request) => books.start(collection, request as CrawlRequest),
  pause: (books, collection) => books.pause(collection),
  resume: (books, collection) => books.resume(collection),
  stop: (books, collection) => books.stop(collection),
  refresh: (books, collection, choice) => books.refresh(collection, choice as RefreshChoice),
  announce: (books, collection, notice) => books.announce(collection, notice as IndexNowNotice),
  forget: (books, collection) => books.forget(collection),
  restQuietly: (books, collection) => books.restQuietly(collection),
  progress: async () => undefined,
};

/** What the call resolves or rejects with; `UNSUPPORTED_VERSION` for one that is none. */
export function answerCall(
  books: ProcessCrawler,
  call: BooksCall,
  collection: CollectionId,
  argument: unknown,
): Promise<unknown> {
  if (Object.hasOwn(CALLS, call)) return CALLS[call](books, collection, argument);
  throw new PeregrineError('UNSUPPORTED_VERSION', `This host does not know how to "${call}". Update it.`);
}

/** Asked of one that keeps no books: whoever asks looks again who does. */
export const notKept = (): PeregrineError =>
  new PeregrineError('UNAVAILABLE', 'This process does not keep the books of the crawls at present.');
