/** The door of `collection`. */

export type * from './engine-contract.ts';
