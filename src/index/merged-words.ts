/** The side dictionary of a merged segment: the words of all sources, each told its documents when its term is written. */

import { wordHash } from '../text/index.ts';
import type { FrequencyListener } from './segment-writer.ts';
import type { Segment } from './segment.ts';
import { type HashedWords, joinHashedWords, wordsInOrder } from './words/hashed-words.ts';
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
  const hashed = hashedWordsOf(sources);
  const frequencies = new WordFrequencies(
    hashed === undefined ? yield* hashWords(sources) : wordsInOrder(hashed),
  );
  return {
    onTerm: (high, low, documents) => frequencies.take(high, low, documents),
    entries: () => frequencies.entries(),
  };
}

/** The words of segments that are all in memory. */
export function hashedWordsOf(sources: readonly Segment[]): HashedWords | undefined {
  const parts = sources.flatMap(({ hashedWords }) => (hashedWords === undefined ? [] : [hashedWords]));
  return parts.length === sources.length ? joinHashedWords(parts) : undefined;
}

function* hashWords(sources: readonly Segment[]): Generator<void, WordsOfTerms> {
  const words = yield* joinWords(sources);
  const hashes = new BigUint64Array(words.length);
  for (const [i, word] of words.entries()) {
    hashes[i] = wordHash(textOfBytes(word));
    if (i % WORDS_A_STEP === 0) yield;
  }
  return { words, hashes };
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
