/** The door of `text`. */

export * from './term-hash.ts';
