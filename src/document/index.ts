/** The door of `document`. */

export type * from './document.ts';
