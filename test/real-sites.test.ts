/** Two real documentation sites, served on loopback and crawled whole through the real fetcher. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { openEngine } from '../src/collection/index.ts';
import { extractArchive } from '../testing/extract-archive.ts';
import { sharedData } from '../testing/shared-data.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.txt': 'text/plain',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.gz': 'application/gzip',
};
const FOLLOWED = new Set(['.html', '.txt']);

interface Site {
  readonly archive: string;
  readonly seeds: readonly string[];
  /** Query and the path that a person would expect, among the first three. */
  readonly expected: readonly (readonly [query: string, path: string])[];
}

const policy = '/debian-policy/usr/share/doc/debian-policy';
const reference = '/developers-reference';
const faq = '/debian-faq/usr/share/doc/debian/FAQ';

const SITES: readonly Site[] = [
  {
    archive: 'debian-policy.tar.gz',
    seeds: [
      `${policy}/policy.html/index.html`,
      `${policy}/perl-policy.html/index.html`,
      `${policy}/menu-policy.html/index.html`,
      `${policy}/fhs/fhs-3.0.html`,
      `${policy}/debconf_specification.html`,
      `${reference}/usr/share/developers-reference/index.html`,
      `${reference}-de/usr/share/developers-reference/de/index.html`,
      `${reference}-ja/usr/share/developers-reference/ja/index.html`,
    ],
    expected: [
      ['maintainer scripts', `${policy}/policy.html/ch-maintainerscripts.html`],
      ['shared libraries', `${policy}/policy.html/ch-sharedlibs.html`],
      ['control files and their fields', `${policy}/policy.html/ch-controlfields.html`],
      ['declaring relationships between packages', `${policy}/policy.html/ch-relationships.html`],
      ['filesystem hierarchy standard', `${policy}/fhs/fhs-3.0.html`],
      ['debconf specification', `${policy}/debconf_specification.html`],
      ['maintainer script flowcharts', `${policy}/policy.html/ap-flowcharts.html`],
      ['bugs handling closing', `${reference}/usr/share/developers-reference/pkgs.html`],
      ['internationalization and translations', `${reference}/usr/share/developers-reference/l10n.html`],
      ['best packaging practices', `${reference}/usr/share/developers-reference/best-pkging-practices.html`],
    ],
  },
  {
    archive: 'debian-faq.tar.gz',
    seeds: [
      `${faq}/index.en.html`,
      ...['de', 'fr', 'ja', 'pt', 'ru', 'zh-cn'].map(
        (code) => `/debian-faq-${code}/usr/share/doc/debian/FAQ/${code}/index.${code}.html`,
      ),
    ],
    expected: [
      ['keeping your debian system up to date', `${faq}/uptodate.en.html`],
      ['debian package management tools', `${faq}/pkgtools.en.html`],
      ['debian and the kernel', `${faq}/kernel.en.html`],
      ['getting support', `${faq}/support.en.html`],
      ['contributing to the debian project', `${faq}/contributing.en.html`],
      ['redistributing debian', `${faq}/redistributing.en.html`],
      ['die werkzeuge zur paketverwaltung', '/debian-faq-de/usr/share/doc/debian/FAQ/de/pkgtools.de.html'],
      ['outils de gestion des paquets', '/debian-faq-fr/usr/share/doc/debian/FAQ/fr/pkgtools.fr.html'],
      ['ядро debian', '/debian-faq-ru/usr/share/doc/debian/FAQ/ru/kernel.ru.html'],
      ['カーネル', '/debian-faq-ja/usr/share/doc/debian/FAQ/ja/kernel.ja.html'],
    ],
  },
];

for (const { archive, seeds, expected } of SITES) {
  test(`${archive} is crawled whole, once, and its pages are found`, async (t) => {
    const packed = sharedData(`sites/${archive}`);
    if (packed === undefined) return t.skip('the real sites are not on this machine');
    const root = temporaryDirectory(t);
    await extractArchive(packed, root);
    const served = await serveFiles(root);
    t.after(() => served.close());
    const reachable = walk(root, seeds);
    assert.ok(reachable.size > 40, `the walk found ${reachable.size} pages`);

    const data = temporaryDirectory(t);
    const engine = await openEngine({ dataDirectory: data, shards: 3 });
    await engine.createCollection('site');
    await engine.startCrawl('site', {
      seeds: seeds.map((path) => served.origin + path),
      delay_ms: 1,
      allowPrivate: true,
    });
    await engine.crawlDone('site');

    const fetched = served.requests.filter((path) => path !== '/robots.txt' && path !== '/sitemap.xml');
    const repeated = fetched.filter((path, i) => fetched.indexOf(path) !== i);
    const missed = [...reachable].filter((path) => !fetched.includes(path));
    const stray = fetched.filter(
      (path) => !reachable.has(path) && existsSync(join(root, decodeURIComponent(path))),
    );
    assert.deepEqual({ repeated, missed, stray }, { repeated: [], missed: [], stray: [] });

    const table: string[] = [];
    const misses: string[] = [];
    for (const [query, path] of expected) {
      const { results } = await engine.search('site', { query, count: 10, perSite: 0 });
      const rank = results.findIndex(({ url }) => url === served.origin + path) + 1;
      table.push(
        `${query} → ${path.slice(path.lastIndexOf('/') + 1)}: ${rank === 0 ? 'not in ten' : `rank ${rank}`}`,
      );
      if (rank < 1 || rank > 3) {
        misses.push(
          `${table.at(-1)}; first: ${results
            .slice(0, 3)
            .map(({ url }) => url.slice(served.origin.length))
            .join(', ')}`,
        );
      }
    }
    t.diagnostic(`${reachable.size} pages; ${table.join('; ')}`);
    await engine.close();
    assert.deepEqual(misses, []);
  });
}

/** Pages reachable from the seeds by links that may be followed: an independent walk with a browser's parser. */
function walk(root: string, seeds: readonly string[]): Set<string> {
  const origin = 'http://site.test';
  const found = new Set<string>(seeds);
  const open = [...seeds];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (extname(path) !== '.html') continue;
    const text = readFileSync(join(root, decodeURIComponent(path)), 'utf8');
    for (const href of linksOf(parse(text))) {
      const url = URL.parse(href, origin + path);
      if (url === null || url.origin !== origin || found.has(url.pathname)) continue;
      const file = join(root, decodeURIComponent(url.pathname));
      if (!FOLLOWED.has(extname(url.pathname)) || !existsSync(file) || !statSync(file).isFile()) continue;
      found.add(url.pathname);
      open.push(url.pathname);
    }
  }
  return found;
}

function linksOf(node: DefaultTreeAdapterTypes.Node): string[] {
  const links: string[] = [];
  if ('tagName' in node && (node.tagName === 'a' || node.tagName === 'area')) {
    const attribute = (name: string): string | undefined =>
      node.attrs.find((attr) => attr.name === name)?.value;
    const href = attribute('href');
    const isNofollow = (attribute('rel') ?? '').split(/\s+/).includes('nofollow');
    if (href !== undefined && !isNofollow) links.push(href);
  }
  if ('childNodes' in node) for (const child of node.childNodes) links.push(...linksOf(child));
  return links;
}

async function serveFiles(
  root: string,
): Promise<{ origin: string; requests: string[]; close(): Promise<void> }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    requests.push(path);
    const file = join(root, normalize(decodeURIComponent(path)));
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
      return;
    }
    response.writeHead(200, { 'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
