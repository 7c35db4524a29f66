import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { isPeregrineError } from '../base/index.ts';
import { type Engine, openEngine } from '../collection/index.ts';
import { forgetPages } from './forget.ts';
import { reindexFound, removeFound } from './found-documents.ts';

const url = (n: number): string => `https://birds.example/${n}`;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the documents that a query finds', () => {
  let engine: Engine;
  before(async () => {
    engine = await openEngine({ dataDirectory: join(temporaryDirectory({ after }), 'data'), shards: 2 });
    await engine.createCollection('main');
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        engine.inject('main', { url: url(n), content: `<title>Bird ${n}</title><p>A hawk in the air.</p>` }),
      ),
    );
  });
  after(() => engine.close());

  test('are read anew with all that is known of them beside their bytes, and what they ask of robots', async () => {
    const source = { status: 200, fetchedAt_ms: 1_600_000_000_000, depth: 3, ip: '192.0.2.7' };
    await engine.put('main', {
      ...source,
      url: 'https://kites.example/',
      bytes: Buffer.from('<title>Kites</title><p>Ein Drache f\u00fcr alle.', 'latin1'),
      headers: { 'content-type': 'text/html; charset=iso-8859-1', 'x-robots-tag': 'nosnippet' },
      meta: { price: '7', 'bundle.from': 'the aviary' },
    });
    await engine.put('main', {
      ...source,
      url: 'https://shut.example/kites',
      bytes: bytes('<title>Kites</title><meta name="robots" content="noarchive"><p>Kites, not to be kept.'),
      headers: { 'content-type': 'text/html' },
    });
    const before = await engine.get('main', { url: 'https://kites.example/' });
    const seen: number[] = [];
    const report = await reindexFound(engine, 'main', {
      query: 'kites',
      onProgress: (documents) => seen.push(documents),
    });
    assert.deepEqual([report.reindexed, report.withoutBytes, report.refused], [1, 1, 0]);
    assert.match(report.sentence, /1 documents read and indexed anew\. Of 1 only the text is stored/);
    assert.deepEqual(seen, [1, 2]);
    assert.deepEqual(await engine.get('main', { url: 'https://kites.example/' }), before);
    assert.equal((await engine.search('main', { query: 'price:7' })).matches, 1);
  });

  test('are removed to the letter: a slip in the query removes nothing that it may have meant', async () => {
    assert.equal((await engine.search('main', { query: 'hawkk' })).corrected, 'hawk');
    const nothing = removeFound(engine, 'main', { query: 'hawkk' });
    await assert.rejects(nothing, (error) => isPeregrineError(error, 'NOT_FOUND'));
    await assert.rejects(forgetPages(engine, 'main', { query: 'hawkk' }), /nothing is forgotten/);
    // A search finds documents with some of the words, and what can be read of the query.
    for (const [wide, code] of [
      ['hawk owl', 'NOT_FOUND'],
      ['hawkk air', 'NOT_FOUND'],
      ['hawk "air', 'BAD_ARGUMENT'],
      ['hawk (', 'BAD_ARGUMENT'],
    ] as const) {
      const refused = removeFound(engine, 'main', { query: wide });
      await assert.rejects(refused, (error) => isPeregrineError(error, code), wide);
    }
    const stop = new AbortController();
    const cut = removeFound(engine, 'main', {
      query: 'hawk',
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await assert.rejects(cut, (error) => isPeregrineError(error, 'CANCELLED'));
    const { matches } = await engine.search('main', { query: 'hawk' });
    assert.ok(matches > 0 && matches < 20, `${matches} are left`);
    assert.equal((await removeFound(engine, 'main', { query: 'hawk' })).removed, matches);
    assert.equal((await engine.search('main', { query: 'hawk', spelling: 'off' })).matches, 0);
  });
});
