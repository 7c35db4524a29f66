/** The site's sources: fragments of HTML with a few lines about themselves on top, and plain files beside them. */

import { readFileSync, readdirSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a fragment says about itself in the comment that it begins with. */
export interface Page {
  /** `crawling/index.html` is `/crawling/`, `crawling/frontier.html` is `/crawling/frontier`. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  /** `2024-03-01`. */
  readonly published: string;
  /** Like {@link published}, which it is where the page was never changed. */
  readonly updated: string;
  /** Language tag; default `en`. */
  readonly language: string;
  /** First folder of the path, or empty. */
  readonly section: string;
  /** Place in the section's menu; 0 keeps a page out of menus, feeds and sitemaps. */
  readonly order: number;
  /** Content of `<meta name="robots">`, or empty. */
  readonly robots: string;
  /** Path that `<link rel="canonical">` names, or empty. */
  readonly canonical: string;
  /** Encoding of the bytes on the wire; default `utf-8`. */
  readonly charset: string;
  /** Encoding that the page's `<meta charset>` claims; empty claims nothing. */
  readonly claimedCharset: string;
  /** Adds JSON-LD of this type (`TechArticle`), or empty. */
  readonly schema: string;
  /** Offers a print version under `/print/`. */
  readonly isPrintable: boolean;
  /** Sent as it stands, without the template. */
  readonly isRaw: boolean;
  readonly body: string;
}

/** A file that is sent as it is. */
export interface PlainFile {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface Site {
  readonly pages: ReadonlyMap<string, Page>;
  readonly files: ReadonlyMap<string, PlainFile>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.pdf': 'application/pdf',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

const KEYS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'published',
  'updated',
  'lang',
  'order',
  'robots',
  'canonical',
  'charset',
  'claims',
  'schema',
  'print',
  'raw',
]);

/** Reads `demo/site`. Throws an Error that names the file where a page's head makes no sense. */
export function readSite(folder: string = fileURLToPath(new URL('site', import.meta.url))): Site {
  const pages = new Map<string, Page>();
  const files = new Map<string, PlainFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${file
      .slice(folder.length + 1)
      .split(sep)
      .join('/')}`;
    if (path.endsWith('.html')) {
      const page = parsePage(path, readFileSync(file, 'utf8'));
      pages.set(page.path, page);
      continue;
    }
    const contentType = CONTENT_TYPES[extname(path)];
    if (contentType !== undefined) files.set(path, { contentType, bytes: readFileSync(file) });
  }
  return { pages: new Map([...pages].sort(([a], [b]) => (a < b ? -1 : 1))), files };
}

/** Reads one fragment; `file` is its path inside the site, from a slash on. */
export function parsePage(file: string, source: string): Page {
  const head = /^<!--\n(.*?)\n-->\n/s.exec(source);
  if (head === null) throw new Error(`${file} does not begin with a comment that describes it`);
  const facts = new Map<string, string>();
  for (const line of (head[1] ?? '').split('\n')) {
    const [, key = '', value = ''] = /^([a-z]+): (.+)$/.exec(line) ?? [];
    if (!KEYS.has(key)) throw new Error(`${file}: "${line}" is not "key: value" with a known key`);
    facts.set(key, value);
  }
  const fact = (key: string): string => facts.get(key) ?? '';
  for (const key of ['title', 'description', 'published']) {
    if (fact(key) === '') throw new Error(`${file} has no ${key}`);
  }
  const path = file.replace(/\/index\.html$/, '/').replace(/\.html$/, '');
  const charset = fact('charset') || 'utf-8';
  return {
    path,
    title: fact('title'),
    description: fact('description'),
    published: fact('published'),
    updated: fact('updated') || fact('published'),
    language: fact('lang') || 'en',
    section: /^\/([^/]+)\//.exec(path)?.[1] ?? '',
    order: Number(fact('order') || 0),
    robots: fact('robots'),
    canonical: fact('canonical'),
    charset,
    claimedCharset: facts.has('claims') ? fact('claims').replace('nothing', '') : charset,
    schema: fact('schema'),
    isPrintable: fact('print') === 'yes',
    isRaw: fact('raw') === 'yes',
    body: source.slice(head[0].length),
  };
}
