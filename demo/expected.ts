/** What a correct crawl of the demo site finds and leaves alone, as data for tests. Paths are as normalised. */

import type { CrawlOutcome } from '../src/crawl/index.ts';

/** Pages of which each must be in the index after a crawl that began at `/`. */
export const INDEXABLE: readonly string[] = `
/ /about /glossary
/history/ /history/links-and-money
/crawling/ /crawling/frontier /crawling/politeness /crawling/robots-txt /crawling/sitemaps /crawling/traps
/crawling/duplicates /crawling/canonical-urls /crawling/redirects /crawling/http-caching /crawling/rendering
/documents/ /documents/character-encodings /documents/html-parsing /documents/boilerplate
/documents/language-identification /documents/pdf
/indexing/ /indexing/compression /indexing/segments /indexing/log-structured-storage /indexing/write-ahead-log
/indexing/bloom-filters /indexing/checksums
/ranking/ /ranking/bm25 /ranking/proximity /ranking/pagerank /ranking/anchor-text /ranking/freshness
/ranking/evaluation /ranking/learning-to-rank
/queries/ /queries/spelling /queries/autocomplete /queries/snippets /queries/facets
/systems/ /systems/caching /systems/wand /systems/simd
/recipes/ /recipes/polite-crawler
/de/ /de/komposita /fr/ /es/ /ja/ /zh/ /ru/ /ar/
/museum/ /museum/behind-noindex /museum/catalogue /museum/catalogue/card-index /museum/catalogue/punched-cards
/museum/end-of-the-chain /museum/liar /museum/only-in-the-sitemap /museum/shift-jis /museum/slow /museum/unclosed
/museum/windows-1251
/private/open-house
/downloads/field-guide.pdf /downloads/crawler-etiquette.txt`
  .trim()
  .split(/\s+/);

/** Never asked for: closed by robots.txt, or only known from a link that must not be followed. */
export const NEVER_FETCHED: readonly string[] = [
  '/private/staff-room',
  '/private/diary',
  '/museum/only-by-nofollow',
];

/** Fetched perhaps, indexed never. */
export const NEVER_INDEXED: readonly string[] = [
  ...NEVER_FETCHED,
  '/article/4711',
  '/print/ranking/bm25',
  '/museum/noindex-meta',
  '/museum/noindex-header',
  '/museum/broken',
  '/museum/missing',
  '/museum/moved-permanently',
  '/museum/moved-for-now',
  '/museum/chain',
  '/museum/chain-link',
  '/museum/loop',
  '/museum/loop-back',
];

/** Pages with the same text: exactly one of each row is indexed, whichever came first. */
export const SAME_TEXT: readonly (readonly string[])[] = [['/museum/original', '/museum/original-copy']];

/** A crawler may index these or not (and the calendar's months with them), and is right both ways. */
export const EITHER_WAY: readonly string[] = [
  '/museum/calendar',
  '/museum/endless-log.txt',
  '/museum/original-revised',
  '/feed.xml',
  '/sitemap.xml',
  '/robots.txt',
  '/style.css',
];

/** How the crawl of a path may end, where that is not simply `indexed`. */
export const OUTCOMES: Readonly<Record<string, readonly CrawlOutcome[]>> = {
  '/private/staff-room': ['robots-forbidden'],
  '/private/diary': ['robots-forbidden'],
  '/article/4711': ['canonical-elsewhere'],
  '/print/ranking/bm25': ['canonical-elsewhere'],
  '/museum/noindex-meta': ['noindex'],
  '/museum/noindex-header': ['noindex'],
  '/museum/broken': ['http-error'],
  '/museum/missing': ['not-found'],
  '/museum/moved-permanently': ['redirect'],
  '/museum/moved-for-now': ['redirect'],
  '/museum/chain': ['redirect'],
  '/museum/chain-link': ['redirect'],
  '/museum/loop': ['redirect', 'trap', 'limit'],
  '/museum/loop-back': ['redirect', 'trap', 'limit'],
  '/museum/original': ['indexed', 'duplicate'],
  '/museum/original-copy': ['indexed', 'duplicate'],
  '/museum/original-revised': ['indexed', 'duplicate'],
  '/museum/endless-log.txt': ['indexed', 'too-large'],
};

/** Other addresses of a page: a crawler that normalises them asks for the page once and for these never. */
export const SAME_PAGE: Readonly<Record<string, string>> = {
  '/crawling/frontier?utm_source=museum&utm_medium=exhibit&utm_campaign=traps': '/crawling/frontier',
  '/museum/catalogue/card-index?PHPSESSID=0123456789abcdef': '/museum/catalogue/card-index',
};

/** Requests that a careful crawler may spend below a prefix, retries included. */
export const BUDGETS: readonly { readonly prefix: string; readonly requests: number }[] = [
  { prefix: '/museum/calendar', requests: 40 },
  { prefix: '/museum/catalogue', requests: 6 },
  { prefix: '/museum/loop', requests: 12 },
  { prefix: '/museum/broken', requests: 6 },
];

/** Requests that a crawl to `DEMO_DEPTH` may take. */
export const MAX_REQUESTS = 110;

/** Pages in old encodings, how they must be read, and words that prove it. */
export const ENCODINGS: readonly {
  readonly path: string;
  readonly charset: string;
  readonly language: string;
  readonly words: readonly string[];
}[] = [
  {
    path: '/museum/windows-1251',
    charset: 'windows-1251',
    language: 'ru',
    words: ['кракозябрами', 'привет'],
  },
  { path: '/museum/shift-jis', charset: 'shift_jis', language: 'ja', words: ['文字化け', '逆斜線'] },
  { path: '/museum/liar', charset: 'windows-1252', language: 'de', words: ['Bäckerei', 'Überraschung'] },
];

/** Words that stand only on pages which must not be indexed: searching for them finds nothing. */
export const UNFINDABLE_WORDS: readonly string[] = ['quillfeather', 'snargleboot', 'flumadiddle'];

/** Queries, and the page that must be among their first three results. */
export const QUERIES: readonly {
  readonly query: string;
  readonly path: string;
  readonly language: string;
}[] = [
  { query: 'bm25 saturation', path: '/ranking/bm25', language: 'en' },
  { query: 'robots.txt longest matching rule', path: '/crawling/robots-txt', language: 'en' },
  { query: 'crawler traps calendar', path: '/crawling/traps', language: 'en' },
  { query: 'bloom filter false positives', path: '/indexing/bloom-filters', language: 'en' },
  { query: 'what to do when fsync fails', path: '/indexing/write-ahead-log', language: 'en' },
  { query: 'compress posting lists elias fano', path: '/indexing/compression', language: 'en' },
  { query: 'pagerank random reader damping', path: '/ranking/pagerank', language: 'en' },
  { query: 'spelling correction edit distance', path: '/queries/spelling', language: 'en' },
  { query: 'ndcg worked example', path: '/ranking/evaluation', language: 'en' },
  { query: 'cache stampede single flight', path: '/systems/caching', language: 'en' },
  { query: 'field guide rules of thumb', path: '/downloads/field-guide.pdf', language: 'en' },
  { query: 'marmalade jars', path: '/museum/behind-noindex', language: 'en' },
  { query: 'minestrone', path: '/museum/unclosed', language: 'en' },
  { query: 'zusammengesetzte Wörter zerlegen', path: '/de/komposita', language: 'de' },
  { query: 'élision et accents', path: '/fr/', language: 'fr' },
  { query: 'rastreador educado', path: '/es/', language: 'es' },
  { query: '形態素解析', path: '/ja/', language: 'ja' },
  { query: '文字化け', path: '/museum/shift-jis', language: 'ja' },
  { query: '中文分词', path: '/zh/', language: 'zh' },
  { query: 'русская морфология', path: '/ru/', language: 'ru' },
  { query: 'кракозябры windows-1251', path: '/museum/windows-1251', language: 'ru' },
  { query: 'الفهرس المقلوب', path: '/ar/', language: 'ar' },
];
