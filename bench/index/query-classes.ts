/**
 * The queries: seventeen classes of forty, words drawn from one document each. H stands for words of more than 5 % of
 * the documents, M for 0.4 to 5 %, L for 0.02 to 0.4 %; phrases are sequences that stand in a document.
 */

import { seededRandom } from '../../src/base/index.ts';
import { corpusLines } from './corpus.ts';

export interface QueryClass {
  readonly name: string;
  readonly queries: readonly (readonly string[])[];
}

const CLASSES = (
  'TERM-H TERM-M AND2-HH AND2-HM AND2-MM AND2-HL AND3-HHM AND4-HHMM ' +
  'OR2-HH OR2-HM OR2-MM OR4-HHMM OR4-HMML PH2-HH PH2-HM PH2-MM PH3'
).split(' ');
const QUERIES = 40;
const SEED = 42;
const SAMPLE = 20_000;
const MOST_TRIES = 600_000;

export async function makeQueryClasses(
  path: string,
  limit: number,
  { queriesOfEach = QUERIES, seed = SEED }: { queriesOfEach?: number; seed?: number } = {},
): Promise<readonly QueryClass[]> {
  const random = seededRandom(seed);
  const frequencies = new Map<string, number>();
  const sample: string[][] = [];
  let documents = 0;
  for await (const line of corpusLines(path, limit)) {
    const zones = line.split('\t').map((zone) => zone.slice(1));
    for (const word of new Set(zones.join(' ').split(' '))) {
      // A copy: a piece of a line would hold the whole of it.
      const known = frequencies.get(word);
      frequencies.set(known === undefined ? Buffer.from(word).toString() : word, (known ?? 0) + 1);
    }
    const longest = zones.reduce((a, b) => (a.length >= b.length ? a : b));
    // Every document has the same chance to be in the sample.
    const place = documents < SAMPLE ? documents : random.below(documents + 1);
    if (place < SAMPLE)
      sample[place] = Buffer.from(longest.slice(0, 4000)).toString().split(' ').slice(0, -1);
    documents += 1;
  }
  const share = (word: string): number => (frequencies.get(word) ?? 0) / documents;
  const bands: Readonly<Record<string, (word: string) => boolean>> = {
    H: (word) => share(word) > 0.05,
    M: (word) => share(word) > 0.004 && share(word) <= 0.05,
    L: (word) => share(word) > 0.0002 && share(word) <= 0.004,
  };
  const found = new Map(CLASSES.map((name) => [name, new Map<string, readonly string[]>()]));
  const isDone = (): boolean => [...found.values()].every(({ size }) => size >= queriesOfEach);
  for (let tries = 0; tries < MOST_TRIES && !isDone(); tries++) {
    const words = sample[random.below(sample.length)] ?? [];
    if (words.length < 10) continue;
    for (const [name, queries] of found) {
      if (queries.size >= queriesOfEach) continue;
      const query = name.startsWith('PH')
        ? phraseIn(words, name, random.below(words.length - 3), bands)
        : drawn(words, name.slice(name.indexOf('-') + 1), bands, (limit) => random.below(limit));
      if (query !== undefined && new Set(query).size === query.length) queries.set(query.join(' '), query);
    }
  }
  return CLASSES.map((name) => ({ name, queries: [...(found.get(name)?.values() ?? [])] })).filter(
    ({ queries }) => queries.length > 0,
  );
}

type Bands = Readonly<Record<string, (word: string) => boolean>>;

/** A word of the document for each letter, or nothing. */
function drawn(
  words: readonly string[],
  letters: string,
  bands: Bands,
  below: (limit: number) => number,
): readonly string[] | undefined {
  const chosen: string[] = [];
  for (const letter of letters) {
    let word: string | undefined;
    for (let tries = 0; tries < 10 && word === undefined; tries++) {
      const candidate = words[below(words.length)] ?? '';
      if (bands[letter]?.(candidate) === true) word = candidate;
    }
    if (word === undefined) return undefined;
    chosen.push(word);
  }
  return chosen;
}

function phraseIn(
  words: readonly string[],
  name: string,
  at: number,
  bands: Bands,
): readonly string[] | undefined {
  if (name === 'PH3') {
    const phrase = words.slice(at, at + 3);
    return phrase.every((word) => bands['H']?.(word) === true || bands['M']?.(word) === true)
      ? phrase
      : undefined;
  }
  const [first = '', second = ''] = words.slice(at, at + 2);
  const [a = '', b = ''] = name.slice(-2);
  const fits = (x: string, y: string): boolean => bands[x]?.(first) === true && bands[y]?.(second) === true;
  return fits(a, b) || fits(b, a) ? [first, second] : undefined;
}
