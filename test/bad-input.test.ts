/** Bad input through the whole program: each ends in a clear error or a counted skip, and the rest goes on. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isPeregrineError } from '../src/base/index.ts';
import { openEngine } from '../src/collection/index.ts';
import type { CrawlOutcome } from '../src/crawl/index.ts';
import { MemoryDisk } from '../src/disk/index.ts';
import { startStaticServer } from '../testing/static-server.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const html = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><title>${title}</title><main><p>${body}</p></main></html>`;

describe('a crawl among bad pages', () => {
  test('indexes the good ones and counts the bad ones by what was wrong', async (t) => {
    const chunk = Buffer.alloc(1 << 20, 'endless text ');
    const longPath = `/${'x'.repeat(10_000)}`;
    const paths = [
      '/big',
      '/bomb',
      '/nul',
      '/liar',
      '/loop-a',
      '/junk',
      '/short',
      '/reset',
      '/good',
      longPath,
    ];
    const server = await startStaticServer({
      pages: {
        '/': html('Home', paths.map((path) => `<a href="${path}">link</a>`).join(' ')),
        '/big': (_request, response) => {
          // 50 MB, sent for as long as somebody listens.
          response.writeHead(200, { 'content-type': 'text/html' });
          let left = 50;
          const send = (): void => {
            while (left > 0 && !response.destroyed) {
              left -= 1;
              if (!response.write(chunk)) return void response.once('drain', send);
            }
            response.end();
          };
          send();
          return undefined;
        },
        '/bomb': {
          headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' },
          body: gzipSync(Buffer.alloc(200 << 20)),
        },
        '/nul': { headers: { 'content-type': 'text/html' }, body: html('Nul\0', 'before\0after nulbytes') },
        '/liar': {
          headers: { 'content-type': 'text/html; charset=utf-8' },
          body: Buffer.from(html('Liar', 'caf\u00e9 liarword'), 'latin1'),
        },
        '/loop-a': { status: 302, headers: { location: '/loop-b' } },
        '/loop-b': { status: 302, headers: { location: '/loop-a' } },
        '/junk': {
          headers: { 'content-type': 'text/html' },
          body: Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) & 255)),
        },
        '/short': (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/html', 'content-length': '999' });
          response.write('too short', () => response.destroy());
          return undefined;
        },
        '/reset': (_request, response) => {
          response.destroy();
          return undefined;
        },
        '/good': html('Good', 'This page is fine: goodword.'),
      },
    });
    t.after(() => server.close());
    const outcomes = new Map<string, CrawlOutcome>();
    const engine = await openEngine({
      dataDirectory: temporaryDirectory(t),
      onCrawlEvent: ({ url, outcome }) => outcomes.set(url.slice(server.origin.length), outcome),
      retryDelays_ms: [5, 10],
    });
    await engine.createCollection('web');
    await engine.startCrawl('web', { seeds: [`${server.origin}/`], delay_ms: 1, allowPrivate: true });
    await engine.crawlDone('web');

    assert.equal(outcomes.get('/'), 'indexed');
    assert.equal(outcomes.get('/good'), 'indexed');
    assert.equal(outcomes.get('/big'), 'too-large');
    assert.equal(outcomes.get('/bomb'), 'too-large');
    assert.equal(outcomes.get('/nul'), 'indexed');
    assert.equal(outcomes.get('/liar'), 'indexed');
    assert.equal(outcomes.get('/loop-b'), 'redirect');
    assert.equal(outcomes.get('/reset'), 'network-error');
    assert.equal(outcomes.get('/short'), 'network-error');
    assert.ok(!server.requests.some(({ path }) => path.length > 5_000), 'an endless URL is not asked for');
    for (const word of ['goodword', 'nulbytes', 'café liarword']) {
      const { results } = await engine.search('web', { query: word });
      assert.equal(results.length > 0, true, word);
    }
    await engine.close();
  });
});

describe('an engine', () => {
  test('answers a query of 5,000 words', async (t) => {
    const engine = await openEngine({ dataDirectory: temporaryDirectory(t) });
    await engine.createCollection('web');
    await engine.inject('web', {
      url: 'https://example.org/',
      content: html('Words', 'word17 and word4999'),
    });
    const query = Array.from({ length: 5_000 }, (_, i) => `word${i}`).join(' ');
    const { results } = await engine.search('web', { query });
    assert.equal(results[0]?.url, 'https://example.org/');
    await engine.close();
  });

  test('names the file of a damaged part and goes on answering about the rest', async (t) => {
    const directory = temporaryDirectory(t);
    let engine = await openEngine({ dataDirectory: directory });
    await engine.createCollection('web');
    for (let i = 0; i < 40; i++) {
      const noise = Array.from({ length: 400 }, (_, n) => `w${(n * 7919 + i * 104_729) % 99_991}`).join(' ');
      await engine.inject('web', {
        url: `https://s${i}.example/`,
        content: html(`Page ${i}`, `common ${noise}`),
      });
    }
    await engine.flush();
    await engine.close();
    const part = biggestFile(join(directory, 'shard-000'), /part/);
    const bytes = readFileSync(part);
    bytes[200] = (bytes[200] ?? 0) ^ 0x10;
    writeFileSync(part, bytes);
    engine = await openEngine({ dataDirectory: directory });
    let damaged = 0;
    for (let i = 0; i < 40; i++) {
      try {
        await engine.get('web', { url: `https://s${i}.example/` });
      } catch (error) {
        assert.ok(isPeregrineError(error, 'CORRUPT'));
        assert.match(String(error.facts['file']), /part/);
        damaged += 1;
      }
    }
    assert.ok(damaged > 0 && damaged < 40, `${damaged} of 40 documents are damaged`);
    const { results, warnings } = await engine.search('web', { query: 'common', count: 40, perSite: 0 });
    assert.equal(results.length + damaged, 40);
    assert.ok(warnings.length > 0);
    await engine.close();
  });

  test('says that the disk is full, keeps answering, and takes documents again when there is room', async (t) => {
    // A full log, room for the flush that lets it go, and what is kept free for that.
    const disk = new MemoryDisk({ capacity_bytes: 256 << 20 });
    const engine = await openEngine({ dataDirectory: temporaryDirectory(t), disk });
    await engine.createCollection('web');
    await engine.inject('web', { url: 'https://example.org/first', content: html('First', 'firstword') });
    const ballast = await disk.open('ballast', 'create');
    await ballast.allocate(Math.max(0, (await disk.free_bytes()) - 4096));
    const refusal = await firstRefusal(async (i) => {
      const words = Array.from({ length: 20_000 }, (_, n) =>
        ((n * 7919 + i * 104_729) % 999_983).toString(36),
      );
      await engine.inject('web', { url: `https://example.org/${i}`, content: html('More', words.join(' ')) });
    });
    assert.ok(isPeregrineError(refusal), String(refusal));
    assert.ok(refusal.code === 'DISK_FULL' || refusal.code === 'READ_ONLY', refusal.code);
    assert.equal((await engine.search('web', { query: 'firstword' })).results.length, 1);
    await ballast.close();
    await disk.remove('ballast');
    let taken = false;
    for (let i = 0; i < 400 && !taken; i++) {
      taken = await engine
        .inject('web', { url: 'https://example.org/last', content: html('Last', 'lastword') })
        .then(
          () => true,
          () => new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 50)),
        );
    }
    assert.ok(taken);
    assert.equal((await engine.search('web', { query: 'lastword' })).results.length, 1);
    await engine.close();
  });
});

/** What the first of many attempts that fails is refused with. */
async function firstRefusal(attempt: (i: number) => Promise<void>): Promise<unknown> {
  for (let i = 0; i < 400; i++) {
    try {
      await attempt(i);
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

function biggestFile(directory: string, pattern: RegExp): string {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .sort((a, b) => statSync(b).size - statSync(a).size);
  assert.ok(files[0] !== undefined, `there is a file like ${pattern} in ${directory}`);
  return files[0];
}
