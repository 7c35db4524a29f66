/** The side dictionary of a merged segment: the words of all sources, each told its documents when its term is written. */

import { wordHash } from '../text/index.ts';
import type { FrequencyListener } from './segment-writer.ts';
import type { Segment } from './segment.ts';
import { atOnce } from './steps.ts';
import { type HashedWords, joinHashedWords, wordsInOrder } from './words/hashed-words.ts';
import { sortedPlaces } from './words/stepwise-sort.ts';
import {
  type CountedWord,
  textOfBytes,
  WordFrequencies,
  type WordsOfTerms,
} from './words/word-frequencies.ts';

/** Words joined between two pauses. */
const WORDS_A_STEP = 5000;

export interface MergedWords {
  readonly onTerm: FrequencyListener;
  /** After the last term: words that documents have, in order. */
  readonly entries: () => Iterable<CountedWord>;
}

/** Of segments in memory the words are known with their hashes; those of files are hashed again. */
export function* mergedWords(sources: readonly Segment[]): Generator<void, MergedWords> {
  const parts = hashedPartsOf(sources);
  const frequencies = new WordFrequencies(
    parts === undefined ? yield* hashWords(sources) : yield* wordsInOrder(yield* joinHashedWords(parts)),
  );
  return {
    onTerm: (high, low, documents) => frequencies.take(high, low, documents),
    entries: () => frequencies.entries(),
  };
}

/** The words of segments that are all in memory. */
export function hashedWordsOf(sources: readonly Segment[]): HashedWords | undefined {
  const parts = hashedPartsOf(sources);
  return parts && atOnce(joinHashedWords(parts));
}

function hashedPartsOf(sources: readonly Segment[]): readonly HashedWords[] | undefined {
  const parts = sources.flatMap(({ hashedWords }) => hashedWords ?? []);
  return parts.length === sources.length ? parts : undefined;
}

function* hashWords(sources: readonly Segment[]): Generator<void, WordsOfTerms> {
  const words = yield* joinWords(sources);
  const hashes = new BigUint64Array(words.length);
  for (const [i, word] of words.entries()) {
    hashes[i] = wordHash(textOfBytes(word));
    if (i % WORDS_A_STEP === 0) yield;
  }
  return { words, hashes, sorted: yield* sortedHashes(hashes) };
}

function* sortedHashes(hashes: BigUint64Array): Generator<void, BigUint64Array> {
  const runs = hashes.slice();
  const halves = new Uint32Array(runs.buffer);
  const isAbove = (a: number, b: number): boolean => {
    const high = halves[a * 2 + 1] as number;
    const other = halves[b * 2 + 1] as number;
    return high > other || (high === other && (halves[a * 2] as number) > (halves[b * 2] as number));
  };
  // The hashes of a run change places, so that its places stay in order.
  const sortRun = ({ [0]: first = 0, length }: Uint32Array): void => {
    runs.subarray(first, first + length).sort();
  };
  const places = yield* sortedPlaces({ count: hashes.length, sortRun, isAbove });
  const sorted = new Uint32Array(halves.length);
  places.forEach((place, at) => {
    sorted[at * 2] = halves[place * 2] as number;
    sorted[at * 2 + 1] = halves[place * 2 + 1] as number;
  });
  return new BigUint64Array(sorted.buffer);
}

/** The words of all sources, each once, in order. */
function* joinWords(sources: readonly Segment[]): Generator<void, string[]> {
  const lists = sources.map(({ words }) => words.from(''));
  const heads = lists.map((list) => list.next());
  const words: string[] = [];
  for (;;) {
    let least: string | undefined;
    for (const { value } of heads) {
      if (value !== undefined && (least === undefined || value.word < least)) least = value.word;
    }
    if (least === undefined) return words;
    words.push(least);
    for (const [source, list] of lists.entries()) {
      if (heads[source]?.value?.word === least) heads[source] = list.next();
    }
    if (words.length % WORDS_A_STEP === 0) yield;
  }
}
