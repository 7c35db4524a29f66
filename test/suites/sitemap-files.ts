/** Sitemaps and feeds as others write them, against a reading by plain patterns that shares no code with ours. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readSitemap } from '../../src/crawl/index.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

export const sitemapFiles: Suite = {
  name: 'sitemaps',
  data: 'tests/sitemaps',
  async run(path): Promise<SuiteResult> {
    const tally = new Tally(this.name);
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((each) => statSync(join(path, each)).isFile())) {
      const bytes = readFileSync(join(path, name));
      const { urls, sitemaps } = await readSitemap(bytes);
      const got = [...urls, ...sitemaps].sort();
      const wanted = plainReading(bytes).sort();
      if (JSON.stringify(got) === JSON.stringify(wanted)) tally.pass();
      else tally.differ(undefined, `${name}: ${got.length} URLs for ${wanted.length}`);
    }
    return tally.result();
  },
};

function plainReading(bytes: Buffer): string[] {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  const text = plain.toString('utf8').replace(/^\uFEFF/, '');
  if (!text.trimStart().startsWith('<')) return text.split(/\s+/).filter((line) => line.startsWith('http'));
  const bare = text
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')
    .replaceAll(/<(?:image|video):loc>[\s\S]*?<\/(?:image|video):loc>/g, '');
  const found: string[] = [];
  for (const [, block = ''] of bare.matchAll(
    /<(?:\w+:)?(?:url|sitemap|item)>([\s\S]*?)<\/(?:\w+:)?(?:url|sitemap|item)>/g,
  )) {
    const named =
      /<(?:\w+:)?(?:loc|link)>([\s\S]*?)<\//.exec(block)?.[1] ?? /^\s*(https?:[^<\s]+)\s*$/.exec(block)?.[1];
    if (named !== undefined) found.push(unescaped(named.trim()));
  }
  for (const [, entry = ''] of bare.matchAll(/<entry>([\s\S]*?)<\/entry>/g)) {
    for (const [link] of entry.matchAll(/<link\b[^>]*>/g)) {
      const relation = /\brel="([^"]*)"/.exec(link)?.[1] ?? 'alternate';
      const target = /\bhref="([^"]*)"/.exec(link)?.[1];
      if (relation === 'alternate' && target !== undefined) found.push(unescaped(target));
    }
  }
  return found;
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
