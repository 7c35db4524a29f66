/** Deep check of a segment's columns of fields and of its side dictionary of words. */

import { wordHash } from '../text/index.ts';
import type { Column } from './columns/column.ts';
import type { IndexMemory } from './index-memory.ts';
import type { Segment } from './segment.ts';
import { textOfBytes } from './words/word-frequencies.ts';

/** Words looked at between two pauses. */
const WORDS_A_STEP = 2000;
/** Rows of a column, likewise. */
const ROWS_A_STEP = 50_000;
/** Of a record of the dictionary. */
const RECORD_FREQUENCY = 2;

/** What is wrong, sentence after sentence; `undefined` where others may have their turn. */
export function* checkFields(segment: Segment): Generator<string | undefined> {
  for (const entry of segment.fields.entries) {
    const column = segment.fields.get(entry);
    if (column !== undefined) yield* checkColumn(column, segment.head.documents);
    yield undefined;
  }
}

function* checkColumn(column: Column, documents: number): Generator<string | undefined> {
  const { name, rows, starts, ordinals, dictionary } = column;
  for (let place = 1; place < dictionary.length; place++) {
    if (!((dictionary[place - 1] as number) < (dictionary[place] as number))) {
      yield `values of the field ${name} are out of order`;
      break;
    }
  }
  let before = -1;
  for (let row = 0; row < rows; row++) {
    const document = column.documents?.[row] ?? row;
    const from = starts?.[row] ?? row;
    const past = starts?.[row + 1] ?? row + 1;
    if (document <= before || document >= documents || past <= from || past > ordinals.length) {
      yield `rows of the field ${name} are out of order`;
      return;
    }
    before = document;
    if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield undefined;
    for (let i = from; i < past; i++) {
      const ordinal = ordinals[i] as number;
      if (
        ordinal < 0 ||
        ordinal >= dictionary.length ||
        (i > from && ordinal <= (ordinals[i - 1] as number))
      ) {
        yield `document ${document} has no value of the field ${name} where it says so`;
        return;
      }
    }
  }
}

export function* checkWords(memory: IndexMemory, segment: Segment): Generator<string | undefined> {
  let before = '';
  let count = 0;
  for (const { word, documents } of segment.words.from('')) {
    count += 1;
    if (count > 1 && word <= before) yield `the word ${textOfBytes(word)} is out of order`;
    before = word;
    const hash = wordHash(textOfBytes(word));
    const place = memory.kernels.findTerm(
      segment.descriptor,
      Number(BigInt.asIntN(32, hash >> 32n)),
      Number(BigInt.asIntN(32, hash)),
    );
    const frequency = place < 0 ? 0 : memory.kernels.loadWord(segment.descriptor, place + RECORD_FREQUENCY);
    if (frequency !== documents) {
      yield `the word ${textOfBytes(word)} is said to be in ${documents} documents, and is in ${frequency}`;
    }
    if (count % WORDS_A_STEP === 0) yield undefined;
  }
  if (count !== segment.words.count) yield `there are ${count} words, not ${segment.words.count}`;
}
