/** The door of `crawl`. */

export type * from './crawl-contract.ts';
