/** What the kernels offer to the program; the exports of kernels.wasm. */

export { findTerm } from './dictionary.ts';
export { frequencyIn, postingScore, readFrequencies, readScores, readStarts } from './block.ts';
export { boundWithin } from './chunks.ts';
export { nextAtLeast, nextBlock, openCursor, openRecord, setCursorScore } from './cursor.ts';
export { columnValue } from './columns.ts';
export { nextMarked } from './docids.ts';
export { countValues, markValues } from './field-values.ts';
export { lastPage, lastSegment, loadByte, loadWord } from './pages.ts';
export { readGroup } from './group-lists.ts';
export { hasPhrase, occurrences, readPositions, zonesOf } from './positions.ts';
export {
  clearSums,
  countBits,
  intersectBits,
  meet,
  numbersOf,
  runningSums,
  saturate,
  uniteBits,
  weigh,
} from './lanes.ts';
export { compareDocument } from './rescoring.ts';
export { impactBound, setScoring } from './scoring.ts';
export { countMenuOnly, countLive } from './list-counts.ts';
export { search } from './search.ts';
export { sortDocuments } from './sorting.ts';
export { addBlock, addToBlock, unpackBlock, unpackDocuments } from './unpack.ts';
