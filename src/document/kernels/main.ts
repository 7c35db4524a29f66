/** What the kernels offer to the program; the exports of kernels.wasm. */

export { fold, openFold, takeUnits } from './fingerprint.ts';
export { scan } from './scan.ts';
export { hasRoom, idOf, post, postTail } from './postings.ts';
export { countPositions, sortTerms, writeLists, writeSorted } from './sort.ts';
export { find, findIn, keyedHash, slotOf, slotWith, termsOf } from './words.ts';
