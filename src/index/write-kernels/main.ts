/** What the kernels of writing offer to the program; the exports of write-kernels/kernels.wasm. */

export { admitDocument, admitPuts, admittedTo } from './admit.ts';
export { copyRows } from './copy-rows.ts';
export { encodeTerms } from './encode-terms.ts';
export { fileDocuments } from './file-postings.ts';
export { invertPart } from './invert.ts';
export { beginMerge, mergeTerms } from './merge-terms.ts';
export { fileRows, rowOf } from './waiting-table.ts';
export { addDeletion } from './waiting-rows.ts';
