import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog, systemClock } from '../base/index.ts';
import { FaultyDisk } from '../disk/index.ts';
import { openShards } from '../storage/index.ts';
import { sortedShards } from '../../testing/sorted-store.ts';
import { startStaticServer } from '../../testing/static-server.ts';
import { crawlBench as bench, MAIN, page } from '../../testing/crawl-bench.ts';
import { TinySink } from '../../testing/tiny-sink.ts';
import { createCrawler } from './create-crawler.ts';

describe('A crawl that is paused', () => {
  it('begins nothing new, and goes on where it was', async (test) => {
    const names = Array.from({ length: 20 }, (_, n) => `/${n}`);
    const pages = Object.fromEntries(names.map((name) => [name, page(name)]));
    const { sink, server, crawler } = await bench(test, { '/': page('home', ...names), ...pages });
    await crawler.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 10, allowPrivate: true });
    while (sink.stored.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    await crawler.pause(MAIN);
    assert.equal(crawler.progress(MAIN).state, 'paused');
    const before = server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(server.requests.length, before);
    await crawler.resume(MAIN);
    await crawler.done(MAIN);
    assert.equal(sink.documents.size, 21);
    assert.equal(sink.stored.length, 21);
    assert.equal(crawler.progress(MAIN).fetched, 21);
  });
});

describe('A crawl that is killed', () => {
  it('loses no page and fetches none again that was stored', async (test) => {
    const names = Array.from({ length: 60 }, (_, n) => `/${n}`);
    const pages = Object.fromEntries(names.map((name, n) => [name, page(name, `/${n + 1}`, `/${n + 2}`)]));
    const server = await startStaticServer({ pages: { '/': page('home', '/0'), ...pages } });
    test.after(() => server.close());
    const sink = new TinySink();
    let shards = sortedShards(2);
    let lives = 0;
    let stored: readonly string[] = [];
    for (let isDone = false; !isDone; lives += 1) {
      const crawler = createCrawler({ shards, sink, clock: systemClock, log: silentLog, version: '0' });
      const requestsBefore = server.requests.length;
      const life = lives;
      // Dies while the tenth page is being stored: in turn before, during and after.
      sink.onStore = async () => {
        if (sink.stored.length < (life + 1) * 12) return;
        if (life % 2 === 0) sink.stored.push('killed');
        shards.kill();
        if (life % 2 === 0) throw new Error('killed');
      };
      if (lives === 0)
        await crawler.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 1, allowPrivate: true });
      else await crawler.resumeAll();
      await crawler.done(MAIN, AbortSignal.timeout(60_000));
      isDone = crawler.progress(MAIN).state === 'done';
      await crawler.close();
      const asked = new Set(server.requests.slice(requestsBefore).map(({ path }) => path));
      for (const url of stored)
        assert.ok(!asked.has(new URL(url).pathname), `${url} was stored and fetched again`);
      stored = sink.stored.filter((url) => url !== 'killed');
      if (isDone) {
        const { fetched, queued, outcomes } = crawler.progress(MAIN);
        assert.deepEqual([fetched, queued, outcomes.indexed, outcomes['not-found']], [63, 0, 61, 2]);
      }
      shards = shards.reopen();
    }
    assert.ok(lives >= 4, `${lives} lives`);
    assert.equal(sink.documents.size, 61);
    assert.equal(new Set(stored).size, stored.length);
  });

  it('does the same on a disk that loses its power', async (test) => {
    const names = Array.from({ length: 24 }, (_, n) => `/${n}`);
    const pages = Object.fromEntries(names.map((name, n) => [name, page(name, `/${n + 1}`, `/${n * 2}`)]));
    const server = await startStaticServer({ pages: { '/': page('home', '/0'), ...pages } });
    test.after(() => server.close());
    const sink = new TinySink();
    let disk = new FaultyDisk({ seed: 7 });
    let lives = 0;
    for (let isDone = false; !isDone; lives += 1) {
      const shards = await openShards({ disk, count: 2 });
      const crawler = createCrawler({ shards, sink, clock: systemClock, log: silentLog, version: '0' });
      const limit = (lives + 1) * 7;
      let next: FaultyDisk | undefined;
      sink.onStore = () => {
        if (sink.stored.length >= limit) next ??= disk.crash();
      };
      if (lives === 0)
        await crawler.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 1, allowPrivate: true });
      else await crawler.resumeAll();
      await crawler.done(MAIN, AbortSignal.timeout(60_000));
      const { state, fetched, queued } = crawler.progress(MAIN);
      isDone = state === 'done';
      if (isDone) assert.deepEqual([fetched, queued], [26 + 11, 0]);
      await crawler.close();
      await shards.close().catch(() => undefined);
      disk = next ?? disk;
    }
    assert.ok(lives >= 3, `${lives} lives`);
    assert.equal(sink.documents.size, 25);
    assert.equal(sink.stored.length, 25, 'none was stored twice');
  });
});
