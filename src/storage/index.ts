/** The door of `storage`. */

export * from './batch.ts';
export * from './databases.ts';
export type * from './derived-state.ts';
export type * from './shard-log.ts';
export type * from './store-contract.ts';
