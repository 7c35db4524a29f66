/**
 * Measures ranking on sites as they are, menus and frames included: folders of HTML are served on loopback, crawled as in
 * service, and asked for their own chapters.
 *
 *     npm run bench:sites -- FOLDER… [--misses] [--json]
 *
 * The questions are the headings: of a page its first (`Drop Check`), that same one asked in a sentence (`how does drop check
 * work`), and those of its sections. The answers are the pages with that heading. Headings that most pages share ask nothing.
 */

import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Engine, openEngine } from '../src/collection/index.ts';
import { meanMetrics, measureRanking, type RelevanceMetrics } from '../testing/relevance-metrics.ts';
import { startStaticServer } from '../testing/static-server.ts';

const SITE = 'site';
const DEPTH = 10;
/** Pages that may share a heading and still be meant by it. */
const MOST_ANSWERS = 3;
const LONGEST_HEADING = 60;
/** How a thing is asked for, in turn. */
const SENTENCES: readonly ((thing: string) => string)[] = [
  (thing) => `how does ${thing} work`,
  (thing) => `what is ${thing}`,
  (thing) => `where can I read about ${thing}`,
  (thing) => `an example of ${thing}`,
];
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

interface Question {
  readonly text: string;
  /** Paths of pages. */
  readonly answers: ReadonlySet<string>;
}

/** Headings of one page, as they stand in its file. */
interface Headings {
  readonly path: string;
  readonly titles: readonly string[];
  readonly sections: readonly string[];
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { misses: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const summary: Record<string, Record<string, Record<string, number>>> = {};
for (const folder of positionals) summary[basename(folder)] = await measureSite(folder);
if (options.json) console.log(JSON.stringify(summary));

async function measureSite(folder: string): Promise<Record<string, Record<string, number>>> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'peregrine-sites-'));
  const server = await startStaticServer({ directory: folder });
  const engine = await openEngine({ dataDirectory });
  try {
    await engine.createCollection(SITE);
    const seeds = [`${server.origin}/index.html`];
    await engine.startCrawl(SITE, { seeds, delay_ms: 0, allowPrivate: true, maxDepth: 1_000 });
    await engine.crawlDone(SITE);
    const pages = await storedHeadings(engine, server.origin, folder);
    console.log(`${basename(folder)}: ${pages.length} pages`);
    const measured: Record<string, Record<string, number>> = {};
    for (const [kind, questions] of Object.entries(questionsOf(pages))) {
      measured[kind] = await ask(engine, server.origin, kind, questions);
    }
    return measured;
  } finally {
    await engine.close();
    await server.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

/** Of the pages that the crawl kept. */
async function storedHeadings(engine: Engine, origin: string, folder: string): Promise<Headings[]> {
  const pages: Headings[] = [];
  for (const file of globSync('**/*.html', { cwd: folder }).sort()) {
    if (!existsSync(join(folder, file))) continue;
    const path = `/${file}`;
    if ((await engine.get(SITE, { url: origin + path })) === undefined) continue;
    const html = readFileSync(join(folder, file), 'utf8');
    pages.push({ path, titles: headings(html, 1), sections: headings(html, 2) });
  }
  return withoutFrame(pages);
}

function headings(html: string, level: 1 | 2): string[] {
  const found = html.matchAll(new RegExp(`<h${level}[^>]*>([\\s\\S]*?)</h${level}>`, 'gi'));
  return Array.from(found, ([, inner = '']) => inner)
    .map((inner) => inner.replaceAll(/<[^>]*>/g, ''))
    .map((text) => text.replaceAll(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole))
    .map((text) => text.replaceAll(/&#\w+;|[¶\s]+/g, ' ').trim());
}

/** What many pages have for a heading is the name of their site. */
function withoutFrame(pages: readonly Headings[]): Headings[] {
  const names = new Map<string, number>();
  for (const title of pages.flatMap(({ titles }) => titles)) names.set(title, (names.get(title) ?? 0) + 1);
  const most = Math.max(MOST_ANSWERS, pages.length / 3);
  return pages.map((page) => ({
    ...page,
    titles: page.titles.filter((title) => (names.get(title) ?? 0) <= most),
  }));
}

function questionsOf(pages: readonly Headings[]): Record<'title' | 'sentence' | 'section', Question[]> {
  const title = grouped(pages.map(({ path, titles }) => ({ path, texts: titles.slice(0, 1) })));
  const section = grouped(pages.map(({ path, sections }) => ({ path, texts: sections })));
  const sentence = title.map(({ text, answers }, i) => {
    const asked = SENTENCES[i % SENTENCES.length] as (thing: string) => string;
    return { text: asked(text.toLowerCase()), answers };
  });
  return { title, sentence, section };
}

function grouped(pages: readonly { readonly path: string; readonly texts: readonly string[] }[]): Question[] {
  const answers = new Map<string, Set<string>>();
  for (const { path, texts } of pages) {
    for (const text of texts) {
      if (text === '' || text.length > LONGEST_HEADING) continue;
      const own = answers.get(text) ?? new Set<string>();
      own.add(path);
      answers.set(text, own);
    }
  }
  return Array.from(answers, ([text, own]) => ({ text, answers: own })).filter(
    (question) => question.answers.size <= MOST_ANSWERS,
  );
}

async function ask(
  engine: Engine,
  origin: string,
  kind: string,
  questions: readonly Question[],
): Promise<Record<string, number>> {
  const all: RelevanceMetrics[] = [];
  for (const { text, answers } of questions) {
    const { results } = await engine.search(SITE, { query: text, count: DEPTH, perSite: 0 });
    const ranking = results.map(({ url }) => url.slice(origin.length));
    const metrics = measureRanking(ranking, new Map([...answers].map((path) => [path, 1])));
    if (options.misses && metrics.mrr < 1) {
      console.log(
        `    ${metrics.mrr.toFixed(2)} ${text}: ${[...answers].join(' ')}; first ${ranking[0] ?? 'nothing'}`,
      );
    }
    all.push(metrics);
  }
  const { mrr, ndcg10 } = meanMetrics(all);
  const share = (isMet: (metrics: RelevanceMetrics) => boolean): number =>
    all.length === 0 ? 0 : all.filter(isMet).length / all.length;
  const first = share((metrics) => metrics.mrr === 1);
  const firstTen = share((metrics) => metrics.mrr > 0);
  const told = { first, firstTen, mrr, ndcg10 };
  const line = Object.entries(told).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  console.log(`  ${kind}: ${questions.length} questions  ${line.join('  ')}`);
  return { questions: questions.length, ...told };
}
