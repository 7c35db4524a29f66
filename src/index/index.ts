/** The door of `index`. */

export * from './analysed-document.ts';
export { decodeAnalysedDocument, encodeAnalysedDocument } from './analysed-document-codec.ts';
export * from './field-groups.ts';
export type * from './index-contract.ts';
export * from './index-query.ts';
