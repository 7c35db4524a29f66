/**
 * A page from its bytes to what the index takes (sniffed, decoded, parsed, in sections, its language told, its terms
 * with positions, its record encoded) on one core, against the same way with parse5 in the parser's place.
 * `npm run bench:parse [-- --quick] [--json] [--pages DIRECTORY]…`; the last line is JSON.
 */

import { parseArgs } from 'node:util';
import { buildDocument, type BuildOptions, type DocumentSource } from '../../src/document/index.ts';
import { readMarkup } from '../../src/document/markup-reader.ts';
import { alternate, median, quantile } from '../measure.ts';
import { readCorpus } from './corpus.ts';
import { readByTree } from './parse5-markup.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    pages: { type: 'string', multiple: true, default: [] },
  },
});
const ROUNDS = values.quick ? 5 : 15;
const PAGES = values.quick ? 400 : 2000;
/** Rounds before the first that counts: the machine code of hot loops is made in them. */
const WARM_UP = 2;
/** Pages within a quarter of the median size stand for it. */
const NEAR_MEDIAN = 0.25;
/** Both sides must find the same words but for what broken markup leaves open. */
const LEAST_AGREEMENT = 0.995;

const corpus = await readCorpus(values.pages, PAGES);
if (corpus.length === 0) throw new Error('There are no pages: name a folder with --pages.');
const sizes = corpus.map(({ bytes }) => bytes.length);
const size_bytes = sizes.reduce((sum, size) => sum + size, 0);
const median_bytes = median(sizes);
const near = corpus.filter(
  ({ bytes }) => Math.abs(bytes.length - median_bytes) <= median_bytes * NEAR_MEDIAN,
);

/** Milliseconds of CPU and words of building `pages`. */
async function build(
  pages: readonly DocumentSource[],
  options: BuildOptions,
): Promise<{ cpu_ms: number; tokens: number }> {
  let tokens = 0;
  const start = process.threadCpuUsage();
  for (const page of pages) tokens += (await buildDocument(page, options)).tokens;
  const { user, system } = process.threadCpuUsage(start);
  return { cpu_ms: (user + system) / 1000, tokens };
}

const nothing = { open() {}, close() {}, text() {}, isForeign: () => false };
const texts = corpus.map(({ bytes }) => new TextDecoder().decode(bytes));

/** Milliseconds of CPU of finding the tags alone. */
function parseOnly(): number {
  const start = process.threadCpuUsage();
  for (const text of texts) readMarkup(text, nothing);
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}

const times = { ours: [] as number[], peer: [] as number[], near: [] as number[], parser: [] as number[] };
const tokens = { ours: 0, peer: 0 };
await alternate(['ours', 'peer'] as const, ROUNDS + WARM_UP, async (who, round) => {
  const done = await build(corpus, who === 'ours' ? {} : { readMarkup: readByTree });
  tokens[who] = done.tokens;
  if (round < WARM_UP) return;
  times[who].push(done.cpu_ms);
  if (who === 'ours') {
    times.near.push((await build(near, {})).cpu_ms / near.length);
    times.parser.push(parseOnly());
  }
});

const agreement = Math.min(tokens.ours, tokens.peer) / Math.max(tokens.ours, tokens.peer);
if (agreement < LEAST_AGREEMENT) {
  throw new Error(`The two ways find different words: ${tokens.ours} and ${tokens.peer}.`);
}
const rounded = (value: number): number => Math.round(value * 100) / 100;
const ours_ms = median(times.ours);
const report = {
  vs_parse5: rounded(median(times.peer) / ours_ms),
  cpu_ms_per_page: rounded(median(times.near)),
  mb_per_s: rounded(size_bytes / 1e6 / (ours_ms / 1000)),
};
if (!values.json) {
  const perPage = (all_ms: number): string => `${(all_ms / corpus.length).toFixed(2)} ms`;
  console.log(
    `${corpus.length} pages, ${(size_bytes / 1e6).toFixed(1)} MB, median ${(median_bytes / 1024).toFixed(1)} KB ` +
      `(${near.length} pages near it), 90 % below ${(quantile(sizes, 0.9) / 1024).toFixed(0)} KB; ${tokens.ours} words`,
  );
  console.log(`CPU of a page, all sizes: ${perPage(ours_ms)}; on parse5 ${perPage(median(times.peer))}`);
  console.log(`of it finding the tags: ${perPage(median(times.parser))}; the rest is ours`);
  console.log(`CPU of a page of median size: ${report.cpu_ms_per_page.toFixed(2)} ms; Gigablast 12 to 13 ms`);
}
console.log(JSON.stringify(report));
