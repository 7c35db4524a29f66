import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test, type TestContext } from 'node:test';

import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { savedTree, titleBytes, titleRecord, writeTitleFile } from '../../../testing/gigablast-files.ts';
import { TitleSource } from './title-source.ts';
import { PART_BYTES } from './data-files.ts';
import { findOldCollections, findTitleFiles, type TitleDirectory } from './title-files.ts';

const PAGE = titleBytes([titleRecord({ url: 'http://a.example.org/', content: '<p>one' })]);

/** A folder with files of these names, each with one page. */
function folderWith(t: TestContext, ...names: readonly string[]): string {
  const directory = temporaryDirectory(t);
  for (const name of names) writeFileSync(join(directory, name), PAGE);
  return directory;
}

async function onlyFolder(directory: string): Promise<TitleDirectory> {
  const [only, ...others] = await findTitleFiles(directory);
  assert(only !== undefined && others.length === 0);
  return only;
}

async function namesFound(directory: string): Promise<string[]> {
  return (await onlyFolder(directory)).files.map(({ name }) => name);
}

test('SF5 the folder that is named is read, whether its path is whole or relative', async (t) => {
  const directory = folderWith(t, 'titledb0001-000.dat');
  for (const path of [directory, `${directory}/`, relative(process.cwd(), directory)]) {
    const found = await onlyFolder(path);
    assert.equal(found.path, directory);
    assert.deepEqual(
      found.files.map(({ name }) => name),
      ['titledb0001-000.dat'],
    );
  }
  await assert.rejects(findTitleFiles(''), { code: 'BAD_ARGUMENT' });
});

test('SF5 a working directory with one collection leads to it; with several it must be said which', async (t) => {
  const work = temporaryDirectory(t);
  writeTitleFile(join(work, 'coll.main.0'), PAGE);
  mkdirSync(join(work, 'coll.empty.3'));
  const found = await onlyFolder(work);
  assert.equal(found.path, join(work, 'coll.main.0'));
  assert.equal(found.collnum, 0);
  writeTitleFile(join(work, 'coll.other.1'), PAGE);
  await assert.rejects(findTitleFiles(work), {
    code: 'BAD_ARGUMENT',
    message: /main, other/,
  });
});

test('a folder without title files says what lies there instead', async (t) => {
  for (const [path, sentence] of [
    [
      'titledbRebuild0001-000.dat',
      /titledbRebuild0001-000\.dat is of a rebuild or a save that was not finished: look/,
    ],
    ['coll.main.0/titledb-saving.dat', /coll\.main\.0\/titledb-saving\.dat is of a rebuild/],
    ['host0/titledb0001-000.dat.gz', /host0\/titledb0001-000\.dat\.gz is packed: unpack it first/],
    ['notes.txt', /in [^ ]+\.$/],
  ] as const) {
    const root = temporaryDirectory(t);
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), 'x');
    await assert.rejects(findOldCollections(root), { code: 'NOT_FOUND', message: sentence });
  }
});

test('working directories are found in folders of their machines and disks', async (t) => {
  const root = temporaryDirectory(t);
  const paths = ['north/disk0/data0', 'north/disk1/data2', 'south/disk0/data1'];
  for (const path of paths) writeTitleFile(join(root, path, 'coll.main.0'), titleBytes([]), { id: 1 });
  const [collection, ...others] = await findOldCollections(root);
  assert.equal(others.length, 0);
  assert.deepEqual(
    collection?.folders.map(({ path }) => path),
    paths.map((path) => join(root, path, 'coll.main.0')),
  );
});

test('SF5 directories of several hosts are put together, collection by collection, over links and stray folders', async (t) => {
  const cluster = temporaryDirectory(t);
  for (const host of ['host0', 'host1', 'host2']) writeTitleFile(join(cluster, host, 'coll.main.0'), PAGE);
  writeTitleFile(join(cluster, 'host1', 'coll.My Site.7'), PAGE);
  writeTitleFile(join(cluster, 'host1', 'trash', 'coll.old.1'), PAGE);
  mkdirSync(join(cluster, 'logs'));
  writeTitleFile(join(cluster, 'elsewhere-kept', 'coll.linked.4'), PAGE);
  const work = temporaryDirectory(t);
  symlinkSync(join(cluster, 'host0'), join(work, 'data0'));
  symlinkSync(join(cluster, 'elsewhere-kept'), join(work, 'data1'));
  const found = await findOldCollections(cluster);
  assert.deepEqual(
    found.map(({ name, folders }) => [name, folders.length]),
    [
      ['My Site', 1],
      ['linked', 1],
      ['main', 3],
    ],
  );
  assert.equal((await findTitleFiles(cluster, 'main')).length, 3);
  await assert.rejects(findTitleFiles(cluster, 'absent'), {
    code: 'NOT_FOUND',
    message: /My Site, linked, main/,
  });
  const linked = await findOldCollections(work);
  assert.deepEqual(
    linked.map(({ name }) => name),
    ['linked', 'main'],
  );
});

test('a working directory with a saved tree leads to its collections, those of memory alone among them', async (t) => {
  const cluster = temporaryDirectory(t);
  const work = join(cluster, 'host0');
  writeTitleFile(join(work, 'coll.main.0'), PAGE);
  mkdirSync(join(work, 'coll.memory.1'));
  mkdirSync(join(work, 'coll.empty.2'));
  const { bytes } = titleRecord({ url: 'http://example.org/saved', content: 'saved' });
  const nodes = [0, 1, 9].map((collnum) => ({ collnum, record: bytes }));
  writeFileSync(join(work, 'titledb-saved.dat'), savedTree(nodes));
  for (const directory of [work, cluster]) {
    const found = await findOldCollections(directory);
    assert.deepEqual(
      found.map(({ name, folders }) => [name, folders[0]?.files.length, folders[0]?.strayCollnums]),
      [
        ['main', 1, [9]],
        ['memory', 0, []],
      ],
    );
  }
  assert.equal((await onlyFolder(join(work, 'coll.memory.1'))).collnum, 1);
  await assert.rejects(findTitleFiles(join(work, 'coll.empty.2')), { code: 'NOT_FOUND' });
  const titles = await TitleSource.open(work, undefined, 'main');
  t.after(() => titles.close());
  assert.match(titles.totals.losses[0]?.why ?? '', /collection 9 has no folder/);
  assert.equal(titles.totals.lost_bytes, bytes.length - 4);
});

test('SF6 a folder that can’t be opened is an error, not the end of the import', async (t) => {
  const directory = temporaryDirectory(t);
  await assert.rejects(findTitleFiles(join(directory, 'absent')), {
    code: 'NOT_FOUND',
    message: /no folder/,
  });
  writeFileSync(join(directory, 'file'), '');
  await assert.rejects(findTitleFiles(join(directory, 'file')), {
    code: 'NOT_FOUND',
    message: /is no folder; name the one/,
  });
});

test('SF7 a number has four digits or more', async (t) => {
  assert.deepEqual(await namesFound(folderWith(t, 'titledb1.dat', 'titledb001-000.dat', 'titledb0001.dat')), [
    'titledb0001.dat',
  ]);
});

test('SF8 files of other databases are left alone', async (t) => {
  const directory = folderWith(
    t,
    'posdb0001.dat',
    'tagdb0001.dat',
    'xtitledb0001-000.dat',
    'titledb0003-000.dat',
  );
  assert.deepEqual(await namesFound(directory), ['titledb0003-000.dat']);
});

test('SF9 what has no .dat at its end is no data file', async (t) => {
  const directory = folderWith(
    t,
    'titledb0001.map',
    'titledb0001-000.dat.bak',
    'titledb0001-000.data',
    'titledb0005-000.dat',
  );
  assert.deepEqual(await namesFound(directory), ['titledb0005-000.dat']);
});

test('SF10 behind the name comes a number: rebuilds and saved trees are no data files', async (t) => {
  const directory = folderWith(t, 'titledbRebuild0001-000.dat', 'titledb-old.dat', 'titledb0001-000.dat');
  writeFileSync(join(directory, 'titledb-saved.dat'), savedTree([]));
  const found = await onlyFolder(directory);
  assert.deepEqual(
    found.files.map(({ name }) => name),
    ['titledb0001-000.dat'],
  );
  assert.equal(found.savedTree, join(directory, 'titledb-saved.dat'));
});

test('SF11 the number is read to its last digit, as a decimal', async (t) => {
  const found = await onlyFolder(folderWith(t, 'titledb0010-000.dat', 'titledb00011-000.dat'));
  assert.deepEqual(
    found.files.map(({ id }) => id),
    [10, 11],
  );
});

test('SF13 the smallest number comes first, whatever the order of the folder; each file once', async (t) => {
  const directory = folderWith(t, 'titledb0009-000.dat', 'titledb0001-000.dat', 'titledb0101-000.dat');
  writeTitleFile(directory, PAGE, { id: 5, part_bytes: 64 });
  assert.deepEqual(await namesFound(directory), [
    'titledb0001-000.dat',
    'titledb0005-000.dat',
    'titledb0009-000.dat',
    'titledb0101-000.dat',
  ]);
});

test('SF14 targets of unfinished merges are read, as older than the files that follow them', async (t) => {
  const { files } = await onlyFolder(
    folderWith(t, 'titledb0003-000.dat', 'titledb0002-000.003.dat', 'titledb0000-000.002.dat'),
  );
  assert.deepEqual(
    files.map(({ name, isMergeTarget }) => [name, isMergeTarget]),
    [
      ['titledb0000-000.002.dat', true],
      ['titledb0002-000.003.dat', true],
      ['titledb0003-000.dat', false],
    ],
  );
});

test('SF18 a file is opened by the name that it has', async (t) => {
  const { files } = await onlyFolder(folderWith(t, 'titledb0001-007.dat', 'titledb0004-000.012.dat'));
  assert.deepEqual(
    files.map(({ parts }) => parts.map(({ path }) => path.split('/').at(-1))),
    [['titledb0001-007.dat'], ['titledb0004-000.012.dat']],
  );
});

test('SF19 a file is as large as all its parts, missing ones counted', async (t) => {
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, new Uint8Array(1_000), { id: 1, part_bytes: 300 });
  writeTitleFile(directory, new Uint8Array(1_000), { id: 3, part_bytes: 300, choppedParts: 2 });
  writeTitleFile(directory, new Uint8Array(1_000), { id: 5, part_bytes: 300, choppedParts: 3 });
  const { files } = await onlyFolder(directory);
  assert.deepEqual(
    files.map(({ end, parts }) => [end, parts.map(({ start, size }) => [start, size])]),
    [
      [
        1_000,
        [
          [0, 300],
          [300, 300],
          [600, 300],
          [900, 100],
        ],
      ],
      [
        1_000,
        [
          [600, 300],
          [900, 100],
        ],
      ],
      // A lone last part can only be placed by the size that parts have.
      [3 * PART_BYTES + 100, [[3 * PART_BYTES, 100]]],
    ],
  );
});

test('SF22 an empty file is a file without records', async (t) => {
  const directory = folderWith(t, 'titledb0003-000.dat');
  writeFileSync(join(directory, 'titledb0001-000.dat'), '');
  const { files } = await onlyFolder(directory);
  assert.deepEqual(
    files.map(({ end, parts }) => [end, parts.length]),
    [
      [0, 0],
      [PAGE.length, 1],
    ],
  );
});

test('SF24 numbers of five digits are found', async (t) => {
  assert.deepEqual(await namesFound(folderWith(t, 'titledb12345-000.dat')), ['titledb12345-000.dat']);
});

test('SF25 files of the old name style are read', async (t) => {
  assert.deepEqual(await namesFound(folderWith(t, 'titledb0001.dat', 'titledb0003-000.dat')), [
    'titledb0001.dat',
    'titledb0003-000.dat',
  ]);
});
