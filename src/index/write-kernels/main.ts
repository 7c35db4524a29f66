/** What the kernels of writing offer to the program; the exports of write-kernels/kernels.wasm. */

export { admitDocument, admitPuts, admittedTo } from './admit.ts';
export { copyRows } from './copy-rows.ts';
export {
  fieldsAddress,
  fieldsSize,
  filtersAddress,
  filtersSize,
  hasFilter,
  openDocument,
} from './document-reader.ts';
export { encodeTerms } from './encode-terms.ts';
export { fileDocuments } from './file-postings.ts';
export { invertPart } from './invert.ts';
export { beginMerge, mergeTerms } from './merge-terms.ts';
