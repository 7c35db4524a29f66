import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';

import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { TinyEngine } from '../../../testing/tiny-engine.ts';
import { isPeregrineError, seededRandom } from '../../base/index.ts';
import { exportDocuments } from '../export-documents.ts';
import { importBundle, makeBundle } from './bundle-documents.ts';
import { BundleFolder } from './bundle-folder.ts';
import { newSigningKey, openManifest } from './bundle-manifest.ts';
import { type BundleSource, fetchBundle } from './bundle-fetch.ts';
import { httpSource } from './bundle-http.ts';
import { answerPipe, type Pipe, pipeSource } from './bundle-pipe.ts';

const KEY = newSigningKey();

async function engineWith(documents: number): Promise<TinyEngine> {
  const engine = new TinyEngine({});
  for (let n = 0; n < documents; n++) {
    await engine.put('main', {
      url: `http://site${n % 9}.example.org/${n}`,
      bytes: Buffer.from(`<title>Page ${n}</title><p>${`Falcon ${n * 7919}. `.repeat(12)}`),
      headers: { 'content-type': 'text/html; charset=utf-8' },
      status: 200,
      fetchedAt_ms: 1_600_000_000_000 + n,
      depth: n % 4,
    });
  }
  return engine;
}

/** Lines of the export, without what says where a document is from. */
async function exported(engine: TinyEngine): Promise<string[]> {
  const lines: string[] = [];
  for await (const chunk of exportDocuments(engine, 'main', { format: 'ndjson' })) {
    const document = JSON.parse(Buffer.from(chunk).toString()) as { meta: Record<string, string> };
    for (const name of Object.keys(document.meta))
      if (/^(?:import|bundle)\./.test(name)) delete document.meta[name];
    lines.push(JSON.stringify(document));
  }
  return lines;
}

/** A pipe to a bundle that breaks after so many bytes. */
function brittlePipe(folder: BundleFolder, bytes: number): Pipe {
  const questions = new PassThrough();
  const answers = new PassThrough();
  let left = bytes;
  const brittle = new PassThrough({
    transform(piece: Buffer, _encoding, done) {
      left -= piece.length;
      if (left >= 0) return done(null, piece);
      this.push(piece.subarray(0, Math.max(0, piece.length + left)));
      this.push(null);
      return done();
    },
  });
  answers.pipe(brittle);
  void answerPipe(folder, { input: questions, output: answers }).catch(() => undefined);
  return {
    input: brittle,
    output: questions,
    close: () => {
      questions.destroy();
      answers.destroy();
    },
  };
}

test('ten thousand documents come through a pipe that breaks fifty times', async (t) => {
  const from = await engineWith(10_000);
  const [here, there] = [new BundleFolder(temporaryDirectory(t)), new BundleFolder(temporaryDirectory(t))];
  const made = await makeBundle(from, 'main', here, KEY, {
    name: 'falcons',
    createdAt_ms: 5,
    chunk_bytes: 50_000,
  });
  assert.equal(made.documents, 10_000);
  const random = seededRandom(50);
  const manifest_bytes = (await here.manifest()).length;
  const largest = Math.max(...made.chunks.map(({ size_bytes }) => size_bytes));
  let pipes = 0;
  const fetched = await fetchBundle(there, {
    patience: 60,
    waits_ms: [],
    connect: async () => {
      pipes += 1;
      // Most break before a chunk is through, some before the manifest is; the one after the fiftieth holds.
      const breaksAfter = pipes > 50 ? Infinity : random.below(manifest_bytes + largest + largest / 4);
      return pipeSource(brittlePipe(here, breaksAfter));
    },
  });
  assert.equal(pipes, 51);
  assert.deepEqual(fetched, made);
  const to = new TinyEngine({});
  const report = await importBundle(to, 'main', there);
  assert.deepEqual([report.imported, report.failed], [10_000, 0]);
  assert((await exported(to)).join('\n') === (await exported(from)).join('\n'), 'the exports are equal');
  const again = await importBundle(to, 'main', there);
  assert.deepEqual([again.imported, again.unchanged], [0, 10_000]);
});

test('a bit that is flipped anywhere is refused, with its chunk named, and nothing of that chunk is stored', async (t) => {
  const from = await engineWith(600);
  const whole = new BundleFolder(temporaryDirectory(t));
  const { chunks } = await makeBundle(from, 'main', whole, KEY, { name: 'x', createdAt_ms: 5 });
  const random = seededRandom(3);
  for (let n = 0; n < 200; n++) {
    const isManifest = n % 2 === 0;
    const copy = new BundleFolder(temporaryDirectory(t));
    cpSync(whole.path, copy.path, { recursive: true });
    const hash = chunks[random.below(chunks.length)]!.hash;
    const path = isManifest ? join(copy.path, 'manifest') : join(copy.path, 'chunks', hash);
    const bytes = readFileSync(path);
    const bit = random.below(bytes.length * 8);
    bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
    writeFileSync(path, bytes);
    const to = new TinyEngine({});
    await assert.rejects(importBundle(to, 'main', copy), (error) => {
      assert(
        isPeregrineError(error) && ['CORRUPT', 'UNSUPPORTED_VERSION'].includes(error.code),
        String(error),
      );
      if (!isManifest) assert.equal(error.facts['chunk'], hash);
      return true;
    });
  }
});

test('bytes that are not the signed ones are refused on the pipe too', async (t) => {
  const from = await engineWith(50);
  const here = new BundleFolder(temporaryDirectory(t));
  await makeBundle(from, 'main', here, KEY, { name: 'x', createdAt_ms: 5 });
  const [name = ''] = readdirSync(join(here.path, 'chunks'));
  const path = join(here.path, 'chunks', name);
  const bytes = readFileSync(path);
  bytes[9] = bytes[9]! ^ 4;
  writeFileSync(path, bytes);
  const there = new BundleFolder(temporaryDirectory(t));
  await assert.rejects(fetchBundle(there, { connect: async () => pipeSource(brittlePipe(here, Infinity)) }), {
    code: 'CORRUPT',
    message: new RegExp(name),
  });
});

test('an address that is none is said to be none at once', async (t) => {
  let tries = 0;
  const connect = async (): Promise<BundleSource> => {
    tries += 1;
    return httpSource({ server: 'ftp://north.example.org/', folder: '/falcons', key: '' });
  };
  const there = new BundleFolder(temporaryDirectory(t));
  await assert.rejects(fetchBundle(there, { connect, waits_ms: [] }), { code: 'BAD_ARGUMENT' });
  assert.equal(tries, 1);
});

test('whose bundles are taken can be said', async (t) => {
  const folder = new BundleFolder(temporaryDirectory(t));
  const { publicKey } = await makeBundle(await engineWith(3), 'main', folder, KEY, {
    name: 'x',
    createdAt_ms: 5,
  });
  const signed = await folder.manifest();
  assert.equal(openManifest(signed, [publicKey]).documents, 3);
  assert.throws(() => openManifest(signed, ['0'.repeat(64)]), { code: 'FORBIDDEN' });
});

test('two who have the same document: the newest wins, or theirs, or ours; and who brought it is shown', async (t) => {
  const theirs = await engineWith(3);
  const folder = new BundleFolder(temporaryDirectory(t));
  await makeBundle(theirs, 'main', folder, KEY, { name: 'theirs', createdAt_ms: 5 });
  const url = 'http://site0.example.org/0';
  const titleAfter = async (policy: 'newest' | 'theirs' | 'ours', ourTime_ms: number): Promise<string> => {
    const ours = new TinyEngine({});
    const bytes = Buffer.from('<title>Ours</title>');
    const headers = { 'content-type': 'text/html' };
    await ours.put('main', { url, bytes, headers, status: 200, fetchedAt_ms: ourTime_ms, depth: 0 });
    await importBundle(ours, 'main', folder, { conflicts: policy });
    const { document } = (await ours.get('main', { url }))!;
    if (document.title !== 'Ours') assert.match(document.meta['bundle.from']!, /^theirs \([\da-f]{16}\)$/);
    return document.title;
  };
  assert.equal(await titleAfter('newest', 1), 'Page 0');
  assert.equal(await titleAfter('newest', 1_700_000_000_000), 'Ours');
  assert.equal(await titleAfter('theirs', 1_700_000_000_000), 'Page 0');
  assert.equal(await titleAfter('ours', 1), 'Ours');
});
