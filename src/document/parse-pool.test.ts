import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isPeregrineError } from '../base/index.ts';
import type { DocumentSource } from './document.ts';
import { analyseRecord } from './analyse-record.ts';
import type { Inbound } from './inbound.ts';
import { createParsePool, type ParsePool } from './parse-pool.ts';
import { sharedCode } from './shared-code.ts';
import { decodeTitleRecord } from './title-record.ts';

const workerFile = fileURLToPath(new URL('parse-worker.fixture.ts', import.meta.url));

function source(
  path: string,
  content = '<title>Fine</title><p>A fine page with a few words.',
): DocumentSource {
  const bytes = Buffer.from(content);
  return { url: `https://example.org/${path}`, bytes, headers: {}, status: 200, fetchedAt_ms: 0, depth: 0 };
}

function codeOf(error: unknown): string {
  return isPeregrineError(error) ? error.code : String(error);
}

describe('the parse pool', () => {
  let pool: ParsePool;
  before(() => {
    pool = createParsePool({ processes: 2, timeout_ms: 20_000, memory_mb: 128, idle_ms: 200, workerFile });
  });
  after(() => pool.close());

  test('builds documents in its processes, and leaves the bytes to the caller', async () => {
    const page = source('page');
    const built = await pool.build(page);
    assert.equal(built.title, 'Fine');
    assert.deepEqual(Buffer.from(decodeTitleRecord(built.titleRecord).raw), page.bytes);
    assert.ok(page.bytes.length > 0);
    assert.equal(pool.pending, 0);
  });

  test('analyses a stored document as this process would, with what links say of it', async () => {
    const { titleRecord, analysed } = await pool.build(source('stored'));
    const inbound: Inbound = { rank: 200, anchors: [{ text: 'a fine word', isOwnSite: false, sites: 3 }] };
    assert.deepEqual(await pool.analyse(titleRecord), analysed);
    const withLinks = await pool.analyse(titleRecord, inbound);
    assert.deepEqual(withLinks, analyseRecord(titleRecord, inbound));
    assert.notDeepEqual(withLinks, analysed);
    await assert.rejects(pool.analyse(titleRecord.subarray(0, 9)), (error) =>
      isPeregrineError(error, 'CORRUPT'),
    );
  });

  test('hands on typed errors as they are', async () => {
    await assert.rejects(
      pool.build(source('broken', '%PDF-1.4 not')),
      (error) =>
        isPeregrineError(error, 'PARSE_FAILED') && error.facts['url'] === 'https://example.org/broken',
    );
    await assert.rejects(pool.build(source('image', 'GIF89a\0\0\0')), (error) =>
      isPeregrineError(error, 'UNSUPPORTED_TYPE'),
    );
    await assert.rejects(pool.build(source('odd')), (error) => isPeregrineError(error, 'PARSE_FAILED'));
  });

  test('ends an endless document without touching its neighbours', async () => {
    const strict = createParsePool({ processes: 2, timeout_ms: 3000, memory_mb: 128, workerFile });
    try {
      const endless = strict.build(source('endless'));
      const neighbours = [1, 2, 3].map((n) => strict.build(source(`n${n}`)));
      await assert.rejects(endless, (error) => isPeregrineError(error, 'PARSE_TIMEOUT'));
      assert.deepEqual(
        (await Promise.all(neighbours)).map(({ title }) => title),
        ['Fine', 'Fine', 'Fine'],
      );
    } finally {
      await strict.close();
    }
  });

  test('sends documents that come together in few messages, and blames none of them but the one', async () => {
    const one = createParsePool({ processes: 1, timeout_ms: 60_000, workerFile });
    try {
      const together = await Promise.all(Array.from({ length: 40 }, (_, n) => one.build(source(`t${n}`))));
      assert.equal(together.length, 40);
      const { title } = await one.build(source('messages'));
      assert.ok(Number(title) <= 5, `${title} messages for 41 documents`);
      const names = ['a', 'b', 'deadly', 'c', 'd'];
      const results = await Promise.allSettled(names.map((name) => one.build(source(name))));
      assert.deepEqual(
        results.map((result) => (result.status === 'fulfilled' ? result.value.title : codeOf(result.reason))),
        ['Fine', 'Fine', 'PARSE_FAILED', 'Fine', 'Fine'],
      );
    } finally {
      await one.close();
    }
  });

  test('survives documents that eat memory or end their process', async () => {
    const tight = createParsePool({
      processes: 2,
      timeout_ms: 60_000,
      memory_mb: 80,
      idle_ms: 200,
      workerFile,
    });
    try {
      const results = await Promise.allSettled([
        tight.build(source('hungry')),
        tight.build(source('deadly')),
        tight.build(source('greedy')),
        tight.build(source('fine')),
      ]);
      assert.deepEqual(
        results.map((result) => (result.status === 'fulfilled' ? result.value.title : codeOf(result.reason))),
        ['PARSE_FAILED', 'PARSE_FAILED', 'PARSE_FAILED', 'Fine'],
      );
      assert.equal((await tight.build(source('again'))).title, 'Fine');
    } finally {
      await tight.close();
    }
  });

  test('minds no failure that a document left behind', async () => {
    const one = createParsePool({
      processes: 1,
      timeout_ms: 20_000,
      memory_mb: 128,
      idle_ms: 20_000,
      workerFile,
    });
    try {
      const { title } = await one.build(source('process'));
      assert.equal((await one.build(source('careless'))).title, 'Fine');
      await sleep(50);
      assert.equal((await one.build(source('process'))).title, title);
    } finally {
      await one.close();
    }
  });

  test('lets no page write files', async () => {
    await assert.rejects(pool.build(source('writes')), (error) => isPeregrineError(error, 'PARSE_FAILED'));
    assert.equal(existsSync('written-by-a-page'), false);
  });

  test('lets no page write where the process kept what Node compiled', async () => {
    enableCompileCache();
    const one = createParsePool({ workerFile });
    try {
      await assert.rejects(one.build(source('writes-code')), (error) =>
        isPeregrineError(error, 'PARSE_FAILED'),
      );
      const { env } = sharedCode();
      assert.equal(existsSync(`${env['NODE_COMPILE_CACHE'] ?? '.'}/written-by-a-page`), false);
    } finally {
      await one.close();
    }
  });

  test('refuses more than may wait, and everything once it is closed', async () => {
    const small = createParsePool({ processes: 1, queue: 1, workerFile });
    const running = small.build(source('endless'));
    const waiting = small.build(source('next'));
    await assert.rejects(small.build(source('third')), (error) => isPeregrineError(error, 'QUEUE_FULL'));
    await Promise.all([
      small.close(),
      assert.rejects(running, (error) => isPeregrineError(error, 'CLOSED')),
      assert.rejects(waiting, (error) => isPeregrineError(error, 'CLOSED')),
    ]);
    await assert.rejects(small.build(source('late')), (error) => isPeregrineError(error, 'CLOSED'));
  });

  test('runs what the package ships', async () => {
    const shipped = createParsePool();
    try {
      assert.equal((await shipped.build(source('real'))).title, 'Fine');
    } finally {
      await shipped.close();
    }
  });
});
