import assert from 'node:assert/strict';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { contentsOf } from '../../testing/directory-contents.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { isPeregrineError } from '../base/index.ts';
import { type Engine, openEngine } from './index.ts';

const isRefusal = (error: unknown): boolean =>
  isPeregrineError(error, 'READ_ONLY') && error.facts['isForReading'] === true;

const isLocked = (error: unknown): boolean => isPeregrineError(error, 'LOCKED');

async function put(engine: Engine, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    const url = `https://birds.example.org/${n}`;
    await engine.inject('main', { url, content: `<title>Falcon ${n}</title><p>It hovers.</p>` });
  }
}

describe('A data directory that is opened for reading only', () => {
  let directory: string;
  /** As a kill leaves it: some of it in files, the rest in the log alone. */
  let killed: string;

  before(async () => {
    directory = temporaryDirectory({ after });
    killed = join(directory, 'killed');
    const written = join(directory, 'written');
    const engine = await openEngine({ dataDirectory: written, shards: 2 });
    await engine.createCollection('main');
    await engine.setSearchRules('main', { remembersQueries: true, remembersMisses: true });
    await put(engine, 0, 10);
    await engine.flush();
    await put(engine, 10, 15);
    await engine.remove('main', { url: 'https://birds.example.org/3' });
    cpSync(written, killed, { recursive: true });
    await engine.close();
  });

  it('gives what files and log hold, and is afterwards as it was, to the byte', async () => {
    const earlier = contentsOf(killed);
    const engine = await openEngine({ dataDirectory: killed, readsOnly: true });
    const { matches } = await engine.search('main', { query: 'falcon' });
    assert.equal(matches, 14);
    assert.equal((await engine.search('main', { query: 'nothing-like-this' })).matches, 0);
    assert.equal(await engine.get('main', { url: 'https://birds.example.org/3' }), undefined);
    assert.ok((await engine.get('main', { url: 'https://birds.example.org/14' })) !== undefined);
    const verified = await engine.store({ task: 'verify', depth: 'deep' });
    assert.ok(verified.isSound, verified.sentences.join('\n'));
    assert.equal((await engine.status()).isReadOnly, true);
    await engine.close();
    assert.deepEqual(contentsOf(killed), earlier);
  });

  it('refuses every change', async () => {
    const earlier = contentsOf(killed);
    const engine = await openEngine({ dataDirectory: killed, readsOnly: true });
    await assert.rejects(put(engine, 20, 21), isRefusal);
    await assert.rejects(engine.createCollection('other'), isRefusal);
    await assert.rejects(engine.deleteCollection('main'), isRefusal);
    await assert.rejects(engine.setSearchRules('main', {}), isRefusal);
    await assert.rejects(engine.startCrawl('main', { seeds: ['https://birds.example.org/'] }), isRefusal);
    await assert.rejects(engine.remove('main', { url: 'https://birds.example.org/1' }), isRefusal);
    await assert.rejects(engine.forget('main', ['https://birds.example.org/1']), isRefusal);
    await assert.rejects(engine.indexCare.rebuild('main'), isRefusal);
    await assert.rejects(engine.erase(), isRefusal);
    await assert.rejects(engine.flush(), isRefusal);
    await assert.rejects(engine.store({ task: 'merge', force: true }), isRefusal);
    await assert.rejects(
      engine.store({ task: 'snapshot', directory: join(directory, 's'), copies: true }),
      isRefusal,
    );
    assert.deepEqual(engine.collections(), ['main']);
    await engine.close();
    assert.deepEqual(contentsOf(killed), earlier);
  });

  it('has as many readers as like, and no writer beside them', async () => {
    const readers = [
      await openEngine({ dataDirectory: killed, readsOnly: true }),
      await openEngine({ dataDirectory: killed, readsOnly: true }),
    ];
    await assert.rejects(openEngine({ dataDirectory: killed }), isLocked);
    for (const reader of readers) await reader.close();
    const copy = join(directory, 'written-again');
    cpSync(killed, copy, { recursive: true });
    const writer = await openEngine({ dataDirectory: copy });
    await assert.rejects(openEngine({ dataDirectory: copy, readsOnly: true }), isLocked);
    await writer.close();
  });

  it('opens without its lock file, as a copy may come', async () => {
    const copy = join(directory, 'copied');
    cpSync(killed, copy, { recursive: true });
    rmSync(join(copy, 'peregrine.lock'));
    const engine = await openEngine({ dataDirectory: copy, readsOnly: true });
    assert.equal((await engine.search('main', { query: 'falcon' })).matches, 14);
    await engine.close();
    assert.ok(!readdirSync(copy).includes('peregrine.lock'));
  });

  it('is not made where nothing is', async () => {
    const missing = join(directory, 'missing');
    await assert.rejects(openEngine({ dataDirectory: missing, readsOnly: true }), (error: unknown) =>
      isPeregrineError(error, 'NOT_FOUND'),
    );
    assert.ok(!readdirSync(directory).includes('missing'));
  });
});
