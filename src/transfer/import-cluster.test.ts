import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  titleBytes,
  type TitleRecordBytes,
  titleRecord,
  tombstone,
  writeTitleFile,
} from '../../testing/gigablast-files.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { planImports } from './import-plan.ts';
import { Imports } from './imports.ts';

const url = (n: number): string => `http://site.example.org/${n}`;
const page = (n: number, fetched: number): TitleRecordBytes =>
  titleRecord({ url: url(n), content: `<p>page ${n} of ${fetched}`, docId: n * 1_000, spidered_s: fetched });
const gone = (n: number): TitleRecordBytes => tombstone(url(n), n * 1_000);

async function imported(directory: string): Promise<{ report: object; pages: Record<string, string> }> {
  const engine = new TinyEngine();
  const imports = new Imports(engine);
  const {
    read,
    imported: stored,
    superseded,
    tombstones,
    failed,
    lost_bytes,
  } = await imports.wait(imports.start('main', { directory }));
  const pages: Record<string, string> = {};
  for await (const { document } of engine.documents('main')) {
    pages[document.url.slice(-1)] = Buffer.from(document.raw).toString();
  }
  return { report: { read, imported: stored, superseded, tombstones, failed, lost_bytes }, pages };
}

test('Copies of a shard on two hosts are imported once: the page that was fetched last, whichever host has it', async (t) => {
  const directory = temporaryDirectory(t);
  writeTitleFile(
    join(directory, 'host0/coll.main.0'),
    titleBytes([page(1, 100), page(2, 100), page(3, 100)]),
  );
  // Its files have higher numbers, which over hosts say nothing.
  writeTitleFile(
    join(directory, 'host1/coll.main.0'),
    titleBytes([page(1, 100), page(2, 90), page(4, 100)]),
    {
      id: 9,
    },
  );
  const { report, pages } = await imported(directory);
  assert.deepEqual(pages, {
    1: '<p>page 1 of 100',
    2: '<p>page 2 of 100',
    3: '<p>page 3 of 100',
    4: '<p>page 4 of 100',
  });
  assert.deepEqual(report, { read: 6, imported: 4, superseded: 2, tombstones: 0, failed: 0, lost_bytes: 0 });
});

test('A deletion holds against a copy that missed it, and gives way to a page that was fetched after it', async (t) => {
  const directory = temporaryDirectory(t);
  const first = join(directory, 'host0/coll.main.0');
  writeTitleFile(first, titleBytes([page(1, 100), page(2, 100)]), { id: 1 });
  writeTitleFile(first, titleBytes([gone(1), gone(2), gone(3)]), { id: 3 });
  writeTitleFile(
    join(directory, 'host1/coll.main.0'),
    titleBytes([page(1, 100), page(2, 200), page(3, 300)]),
  );
  const { report, pages } = await imported(directory);
  assert.deepEqual(pages, { 2: '<p>page 2 of 200' });
  assert.deepEqual(report, { read: 8, imported: 1, superseded: 4, tombstones: 3, failed: 0, lost_bytes: 0 });
});

test('A record that is damaged on one host is taken from the other', async (t) => {
  const directory = temporaryDirectory(t);
  const damaged = Buffer.from(titleBytes([page(1, 200)]));
  damaged.fill(0x55, 30, 60);
  writeTitleFile(join(directory, 'a/coll.main.0'), damaged);
  writeTitleFile(join(directory, 'b/coll.main.0'), titleBytes([page(1, 100)]));
  const { pages } = await imported(directory);
  assert.deepEqual(pages, { 1: '<p>page 1 of 100' });
});

test('Several collections go each into one of its own name, or all into the one that was asked for', async (t) => {
  const directory = temporaryDirectory(t);
  for (const name of ['coll.main.0', 'coll.My Shop.1']) {
    writeTitleFile(join(directory, name), titleBytes([page(1, 100)]));
  }
  const named = async (isChosen: boolean): Promise<unknown> =>
    (await planImports({ directory }, 'all', isChosen)).map(({ collection, request }) => [
      collection,
      request.from,
    ]);
  assert.deepEqual(await named(false), [
    ['my-shop', 'My Shop'],
    ['main', 'main'],
  ]);
  assert.deepEqual(await named(true), [
    ['all', 'My Shop'],
    ['all', 'main'],
  ]);
  const one = await planImports({ directory, from: 'main' }, 'docs', false);
  assert.deepEqual(
    one.map(({ collection }) => collection),
    ['docs'],
  );
});
