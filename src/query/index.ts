/** The door of `query`. */

export type * from './search-contract.ts';
