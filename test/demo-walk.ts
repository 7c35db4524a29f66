/** A walk over the demo site that no crawler should take: through every door, closed ones and nofollow included. */

import assert from 'node:assert/strict';
import { SITEMAP_ONLY_PATH } from '../demo/feeds.ts';
import type { Site } from '../demo/site-pages.ts';

export interface DemoLink {
  /** Path of the page that it stands on. */
  readonly from: string;
  /** Path and query that it leads to. */
  readonly path: string;
  /** Without `#`; empty where there is none. */
  readonly fragment: string;
  readonly isNofollow: boolean;
}

export interface DemoWalk {
  /** Responses by path. */
  readonly fetched: ReadonlyMap<string, Fetched>;
  /** Links of `a`, `img` and `link` elements, and where redirects lead. */
  readonly links: readonly DemoLink[];
  /** Links and redirects from the front page, by path. */
  readonly depths: ReadonlyMap<string, number>;
  /** What was fetched, read in the encoding that it is really in. */
  textOf(path: string): string;
}

interface Fetched {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** Fetches everything that is linked, each page once: the calendar's first month only, the catalogue without sessions. */
export async function walkDemo(origin: string, site: Site): Promise<DemoWalk> {
  const fetched = new Map<string, Fetched>();
  const links: DemoLink[] = [];
  const textOf = (path: string): string => {
    const page = fetched.get(path);
    assert.ok(page, `${path} was not fetched`);
    return new TextDecoder(site.pages.get(path)?.charset ?? 'utf-8').decode(page.bytes);
  };
  const queue = ['/', SITEMAP_ONLY_PATH];
  const depths = new Map(queue.map((path) => [path, 0]));
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const response = await fetch(origin + path, { redirect: 'manual' });
    const { status, headers } = response;
    fetched.set(path, { status, headers, bytes: new Uint8Array(await response.arrayBuffer()) });
    const location = headers.get('location');
    const found = headers.get('content-type')?.startsWith('text/html')
      ? linksIn(textOf(path), path, origin)
      : [];
    if (location !== null) found.push({ from: path, path: location, fragment: '', isNofollow: false });
    for (const link of found) {
      links.push(link);
      const next = link.path.replace(/\?PHPSESSID=\w+$/, '');
      if (!next.startsWith('/museum/calendar?') && !depths.has(next)) {
        depths.set(next, (depths.get(path) ?? 0) + 1);
        queue.push(next);
      }
    }
  }
  return { fetched, links, depths, textOf };
}

function linksIn(html: string, from: string, origin: string): DemoLink[] {
  const found: DemoLink[] = [];
  const markup = html.replace(/<(pre|code|script)\b[^]*?<\/\1>|<!--[^]*?-->/g, '');
  for (const [tag, attributes = ''] of markup.matchAll(/<(?:a|img|link)\s([^>]*)>/gi)) {
    const [, double, single, bare] =
      /\b(?:href|src)=(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(attributes) ?? [];
    const value = double ?? single ?? bare;
    if (value === undefined) continue;
    const url = new URL(value.replaceAll('&amp;', '&'), origin + from);
    assert.equal(url.origin, origin, `${from} links to a foreign host: ${tag}`);
    found.push({
      from,
      path: url.pathname + url.search,
      fragment: url.hash.slice(1),
      isNofollow: attributes.includes('nofollow'),
    });
  }
  return found;
}

/** End tags that nothing begins, and begun elements that nothing ends, in order. */
export function unbalanced(html: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name = ''] of html
    .replace(/<script\b[^]*?<\/script>|<!--[^]*?-->|<!doctype[^>]*>/gi, '')
    .matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/gi)) {
    if (/^(?:meta|link|img|br|hr|input)$/i.test(name)) continue;
    if (slash === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else wrong.push(`</${name}>`);
  }
  return [...wrong, ...open.map((name) => `<${name}>`)];
}
