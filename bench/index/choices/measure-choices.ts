/**
 * What stands behind three choices of the index, counted: pages that reading ahead would spare, answers that closeness of all
 * matches would change, words whose lists could be bits.
 */

import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { type CorpusName, corpusPath, type CorpusSize } from '../corpus.ts';
import { PeregrineContestant } from '../peregrine-contestant.ts';
import { makeQueryClasses, type QueryClass } from '../query-classes.ts';
import { countShared, denseWords, distanceBytes } from './dense-words.ts';
import { PageTrail } from './page-trail.ts';

const MEMORY_MB = 64;
/** So few that hardly a page is still there when a query needs it. */
const COLD_MB = 1;
const FRAMES_MB = 256;
const NO_DELETIONS = { first: Infinity, every: 1 };
/** As the product looks at, and more than there are matches. */
const [DEPTH, ALL] = [200, 1_000_000];
const MOST_FIRST = 10_000;
const LEAST_MS = 60;

type Say = (text: string) => void;

export async function measureChoices(size: CorpusSize, directory: string, say: Say): Promise<void> {
  for (const name of ['paragraphs', 'pages'] as const) await measureCorpus(size, name, directory, say);
}

async function measureCorpus(size: CorpusSize, name: CorpusName, directory: string, say: Say): Promise<void> {
  const corpus = corpusPath(size, name);
  const classes = await makeQueryClasses(corpus, size[name]);
  const folder = join(directory, name);
  mkdirSync(folder);
  const writer = await PeregrineContestant.open(folder, MEMORY_MB, FRAMES_MB);
  await writer.ingest(corpus, size[name]);
  const bytes = await writer.settle(NO_DELETIONS);
  await writer.close();
  await countPages(folder, classes, name, say);
  const contestant = await PeregrineContestant.open(folder, MEMORY_MB, FRAMES_MB);
  await contestant.remove(NO_DELETIONS, 0);
  compareCloseness(contestant, classes, name, say);
  await weighBits(contestant, classes, { corpus, limit: size[name], bytes, name }, say);
  await contestant.close();
}

/** Queries of all classes in turn, so that each finds the others' pages in the frames. */
async function countPages(
  folder: string,
  classes: readonly QueryClass[],
  name: CorpusName,
  say: Say,
): Promise<void> {
  const disk = new PageTrail(folder);
  const contestant = await PeregrineContestant.open(folder, MEMORY_MB, COLD_MB, undefined, disk);
  await contestant.remove(NO_DELETIONS, 0);
  const prepared = classes.map((one) => ({ name: one.name, queries: contestant.prepare(one, 'top') }));
  const read = new Map(classes.map((one) => [one.name, { pages: 0, neighbours: 0, queries: 0 }]));
  const most = Math.max(...prepared.map(({ queries }) => queries.length));
  for (let i = 0; i < most; i++) {
    for (const { name: className, queries } of prepared) {
      const query = queries[i];
      const sums = read.get(className);
      if (query === undefined || sums === undefined) continue;
      disk.take();
      contestant.sample(query);
      const trail = disk.take();
      const seen = new Set<string>();
      for (const { file, page } of trail) {
        if (seen.has(`${file} ${page - 1}`)) sums.neighbours += 1;
        seen.add(`${file} ${page}`);
      }
      sums.pages += trail.length;
      sums.queries += 1;
    }
  }
  await contestant.close();
  say(
    `\nReading ahead, ${name}, frames of ${COLD_MB} MB: pages that a query reads, and those behind one that it read before:\n`,
  );
  say('| class | pages | behind one read before |');
  say('|---|--:|--:|');
  for (const [className, { pages, neighbours, queries }] of read) {
    say(`| ${className} | ${(pages / queries).toFixed(1)} | ${(neighbours / queries).toFixed(2)} |`);
  }
}

function compareCloseness(
  contestant: PeregrineContestant,
  classes: readonly QueryClass[],
  name: CorpusName,
  say: Say,
): void {
  say(`\nCloseness, ${name}: the ten best of positions of ${DEPTH} documents beside those of all matches:\n`);
  say(
    '| class | queries whose ten differ | of the ten kept | place by the first stage of the last of the ten: median, most |',
  );
  say('|---|--:|--:|--:|');
  for (const one of classes) {
    // A word alone has no pairs.
    if ((one.queries[0]?.length ?? 0) < 2) continue;
    const few = contestant.prepare(one, 'top', DEPTH);
    const all = contestant.prepare(one, 'top', ALL);
    const plain = contestant.prepare(one, 'top');
    let [differ, kept, wanted] = [0, 0, 0];
    const places: number[] = [];
    for (const [i, query] of all.entries()) {
      const right = contestant.answer(query).hits.map(({ docId }) => docId);
      const own = (few[i] === undefined ? [] : contestant.answer(few[i]).hits).map(({ docId }) => docId);
      const first = plain[i] === undefined ? [] : contestant.answer({ ...plain[i], limit: MOST_FIRST }).hits;
      if (right.some((docId, place) => own[place] !== docId)) differ += 1;
      kept += right.filter((docId) => own.includes(docId)).length;
      wanted += right.length;
      const order = new Map(first.map(({ docId }, place) => [docId, place + 1]));
      places.push(Math.max(0, ...right.map((docId) => order.get(docId) ?? MOST_FIRST)));
    }
    places.sort((a, b) => a - b);
    const median = places[places.length >> 1] ?? 0;
    say(
      `| ${one.name} | ${differ} of ${all.length} | ${(kept / Math.max(1, wanted)).toFixed(3)} | ${median}, ${places.at(-1) ?? 0} |`,
    );
  }
}

async function weighBits(
  contestant: PeregrineContestant,
  classes: readonly QueryClass[],
  { corpus, limit, bytes, name }: { corpus: string; limit: number; bytes: number; name: CorpusName },
  say: Say,
): Promise<void> {
  const { documents, bits } = await denseWords(corpus, limit);
  let [asDistances, asBits, smaller] = [0, 0, 0];
  for (const own of bits.values()) {
    const distances = distanceBytes(own);
    asDistances += distances;
    asBits += documents / 8;
    smaller += Math.max(0, distances - documents / 8);
  }
  say(
    `\nBits, ${name}: ${bits.size} words stand in one of eight documents at least. Their documents take ${kb(asDistances)} as distances, ${kb(asBits)} as bits; the smaller of both for each spares ${kb(smaller)} of an index of ${kb(bytes)}.`,
  );
  for (const one of classes) {
    if (one.name !== 'AND2-HH') continue;
    const dense = one.queries.filter((words) => words.every((word) => bits.has(word)));
    const own = { ...one, queries: dense };
    const told = `Of ${one.queries.length} queries of ${one.name} ${dense.length} are of two such words`;
    if (dense.length === 0) {
      say(`${told}.`);
      continue;
    }
    const count_us = contestant.time_us(contestant.prepare(own, 'count'), LEAST_MS);
    const top_us = contestant.time_us(contestant.prepare(own, 'top'), LEAST_MS);
    const pairs = dense.map(([a = '', b = '']) => [bits.get(a), bits.get(b)] as const);
    say(
      `${told}: counting takes ${count_us.toFixed(1)} µs, the ten best ${top_us.toFixed(1)}; a loop over bits of both ${timeOf(pairs).toFixed(1)}.`,
    );
  }
}

function timeOf(pairs: readonly (readonly [Int32Array | undefined, Int32Array | undefined])[]): number {
  const begin = process.threadCpuUsage();
  let [spent_us, runs] = [0, 0];
  while (spent_us < LEAST_MS * 1000) {
    for (const [a, b] of pairs) if (a !== undefined && b !== undefined) countShared(a, b);
    runs += pairs.length;
    const { user, system } = process.threadCpuUsage(begin);
    spent_us = user + system;
  }
  return spent_us / runs;
}

function kb(size_bytes: number): string {
  return `${Math.round(size_bytes / 1024).toLocaleString('en')} KB`;
}
