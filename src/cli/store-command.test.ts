import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { CaptiveTerminal } from '../../testing/captive-terminal.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { type Engine, type EngineOptions, openEngine, type StoreTaskResult } from '../collection/index.ts';
import { openControlSocket } from '../server/index.ts';

/** Opens real engines. */
class RealTerminal extends CaptiveTerminal {
  constructor() {
    super(new TinyEngine());
  }

  override openEngine(options: EngineOptions): Promise<Engine> {
    return openEngine(options);
  }
}

async function ran(...words: string[]): Promise<{ code: number; printed: string; told: string }> {
  const terminal = new RealTerminal();
  const code = await terminal.run(...words);
  return { code, printed: terminal.printed, told: terminal.told };
}

async function filled(t: TestContext): Promise<string> {
  const dataDirectory = join(temporaryDirectory(t), 'data');
  const engine = await openEngine({ dataDirectory });
  await engine.createCollection('main');
  for (let n = 0; n < 8; n++) {
    await engine.inject('main', { url: `https://n.example.org/${n}`, content: `<title>Falcon ${n}</title>` });
  }
  await engine.close();
  return dataDirectory;
}

/** Turns bits of a file at rest. */
function damage(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x55;
  writeFileSync(path, bytes);
}

function firstPart(dataDirectory: string): string {
  const parts = join(dataDirectory, 'shard-000', 'parts');
  return join(parts, readdirSync(parts).sort()[0] ?? '');
}

const resultOf = (printed: string): StoreTaskResult => JSON.parse(printed) as StoreTaskResult;

test('store lists, verifies and dumps what is there', async (t: TestContext) => {
  const data = await filled(t);
  const listed = await ran('store', 'ls', '--data-dir', data);
  assert.equal(listed.code, 0);
  assert.match(listed.printed, /titles +1 runs {2}1 parts {2}8 records/);

  const verified = await ran('store', 'verify', '--deep', '--json', '--data-dir', data);
  assert.equal(verified.code, 0);
  const result = resultOf(verified.printed);
  const [index] = result.indexes ?? [];
  assert.deepEqual(
    [result.isSound, index?.name, index?.segments.length, index?.documents, index?.titles],
    [true, 'main', 1, 8, 8],
  );
  assert.ok(result.sentences.includes('Index of main: 1 segment, 8 documents: all is well.'));
  assert.match(verified.told, /"event":"progress"/);
  assert.match(verified.told, /index of main, shard 0/);

  const dumped = await ran('store', 'dump', 'titles', '--limit', '3', '--data-dir', data);
  const lines = dumped.printed.trim().split('\n');
  assert.deepEqual([lines.length, lines.at(-1)], [4, '3 records of titles.']);
  assert.equal((JSON.parse(lines[0] ?? '') as { database: string }).database, 'titles');

  assert.equal((await ran('store', 'dump', 'nothing', '--data-dir', data)).code, 2);
  assert.equal((await ran('store', 'dump', 'titles', '--start', 'xyz', '--data-dir', data)).code, 2);
});

test('store finds damage, mends it from a snapshot, and says so with its exit code', async (t: TestContext) => {
  const data = await filled(t);
  const snapshot = join(temporaryDirectory(t), 'copy');
  assert.equal((await ran('store', 'snapshot', snapshot, '--copy', '--data-dir', data)).code, 0);
  damage(firstPart(data), 30);
  const verified = await ran('store', 'verify', '--data-dir', data);
  assert.equal(verified.code, 4);
  assert.match(verified.printed, /1 problem/);
  assert.match(verified.printed, /Mend it with: peregrine store repair/);
  const repaired = await ran('store', 'repair', '--mirror', snapshot, '--data-dir', data);
  assert.deepEqual(
    [repaired.code, repaired.printed],
    [0, 'Shard 0: 1 part made whole, 0 set aside, nothing is lost.\n'],
  );
  assert.equal((await ran('store', 'verify', '--deep', '--data-dir', data)).code, 0);
});

test('store sets aside what no copy mends, and gives it up only when told', async (t: TestContext) => {
  const data = await filled(t);
  damage(firstPart(data), 30);
  const unreadable = await ran('store', 'verify', '--deep', '--data-dir', data);
  assert.equal(unreadable.code, 4);
  assert.match(unreadable.printed, /Index of main: .* can be read: mend the store first/);
  const repaired = await ran('store', 'repair', '--data-dir', data);
  assert.equal(repaired.code, 4);
  assert.match(repaired.printed, /1 key range is lost/);
  assert.match(
    (await ran('store', 'ls', '--data-dir', data)).printed,
    /keys from [0-9a-f]+ to [0-9a-f]+ are lost/,
  );
  const dumped = await ran('store', 'dump', 'titles', '--data-dir', data);
  assert.deepEqual([dumped.code, dumped.printed.endsWith(' are lost\n')], [4, true]);
  const accepted = await ran('store', 'repair', '--accept-loss', '--data-dir', data);
  assert.deepEqual([accepted.code, /1 lost key range given up/.test(accepted.printed)], [0, true]);
  // Of what is lost the index still tells.
  const orphaned = await ran('store', 'verify', '--deep', '--data-dir', data);
  assert.equal(orphaned.code, 4);
  assert.match(orphaned.printed, /Index of main: .*: \d+ indexed documents? not stored\. Mend it with: /);
  assert.match(orphaned.printed, /^ {2}document \d+ is indexed and not stored$/m);
  const mended = await ran('rebuild', '--repair', '--data-dir', data);
  assert.deepEqual([mended.code, / taken out/.test(mended.printed)], [0, true]);
  assert.equal((await ran('store', 'verify', '--deep', '--data-dir', data)).code, 0);
});

test('store repair says what mends an index whose files are gone', async (t: TestContext) => {
  const data = await filled(t);
  const segments = join(data, 'shard-000', 'derived-1');
  for (const name of readdirSync(segments)) rmSync(join(segments, name));
  const repaired = await ran('store', 'repair', '--data-dir', data);
  assert.equal(repaired.code, 4, repaired.told);
  assert.match(
    repaired.printed,
    /The index of main: 1 segment is damaged or gone\. Mend it with: peregrine rebuild --repair/,
  );
  assert.equal((await ran('rebuild', '--repair', '--collection', 'main', '--data-dir', data)).code, 0);
  assert.equal((await ran('store', 'repair', '--data-dir', data)).code, 0);
});

test('a part that is missing or cut off leaves the rest readable, and is told of by file', async (t: TestContext) => {
  for (const harm of [(path: string): void => rmSync(path), (path: string): void => truncateSync(path, 40)]) {
    const data = await filled(t);
    harm(firstPart(data));
    const listed = await ran('store', 'ls', '--data-dir', data);
    assert.equal(listed.code, 0, listed.told);
    const verified = await ran('store', 'verify', '--data-dir', data);
    assert.equal(verified.code, 4, verified.told);
    assert.match(verified.printed, /shard-000\/parts\/0000000001\.part/);
    const repaired = await ran('store', 'repair', '--data-dir', data);
    assert.equal(repaired.code, 4, repaired.told);
    assert.match(repaired.printed, /1 key range is lost/);
  }
});

test('store repair mends a directory that does not open for what every opening reads', async (t: TestContext) => {
  const data = await filled(t);
  const snapshot = join(temporaryDirectory(t), 'copy');
  assert.equal((await ran('store', 'snapshot', snapshot, '--copy', '--data-dir', data)).code, 0);
  const parts = join(data, 'shard-000', 'parts');
  const loseNames = (): void => {
    for (const name of readdirSync(parts))
      if (join(parts, name) !== firstPart(data)) rmSync(join(parts, name));
  };
  loseNames();
  const refused = await ran('store', 'ls', '--data-dir', data);
  assert.equal(refused.code, 1);
  assert.match(refused.told, /is missing\. Bring it back, or run: peregrine store repair/);
  const mended = await ran('store', 'repair', '--mirror', snapshot, '--data-dir', data);
  assert.match(mended.printed, /1 part made whole, 0 set aside, nothing is lost/);
  assert.equal((await ran('store', 'verify', '--deep', '--data-dir', data)).code, 0);

  loseNames();
  assert.match((await ran('store', 'repair', '--data-dir', data)).printed, /1 key range is lost/);
  assert.equal((await ran('store', 'ls', '--data-dir', data)).code, 1);
  assert.match((await ran('store', 'repair', '--accept-loss', '--data-dir', data)).printed, /given up/);
  const listed = await ran('store', 'dump', 'titles', '--data-dir', data);
  assert.match(listed.printed, /8 records of titles/);
});

test('store makes a lost manifest again', async (t: TestContext) => {
  const data = await filled(t);
  const shard = join(data, 'shard-000');
  for (const name of readdirSync(shard)) if (name.startsWith('manifest-')) damage(join(shard, name), 30);
  const refused = await ran('store', 'ls', '--data-dir', data);
  assert.equal(refused.code, 1);
  assert.match(refused.told, /peregrine store repair/);
  const repaired = await ran('store', 'repair', '--data-dir', data);
  assert.match(repaired.printed, /parts in \d+ runs found again/);
  const listed = await ran('store', 'dump', 'titles', '--data-dir', data);
  assert.match(listed.printed, /8 records of titles/);
});

test('store verify --deep passes over collections that hold nothing', async (t: TestContext) => {
  const data = await filled(t);
  const engine = await openEngine({ dataDirectory: data });
  for (let n = 0; n < 40; n++) await engine.createCollection(`empty${n}`);
  const { sentences, indexes, isSound } = await engine.store({ task: 'verify', depth: 'deep' });
  assert.deepEqual([isSound, indexes?.length], [true, 1]);
  assert.ok(sentences.includes('Index of main: 1 segment, 8 documents: all is well.'));
  assert.ok(sentences.includes('40 collections hold nothing.'));
  await engine.close();
});

test('store makes the number of shards again, and refuses what is no copy and no place for one', async (t: TestContext) => {
  const data = await filled(t);
  for (const harm of [(path: string): void => rmSync(path), (path: string): void => truncateSync(path, 3)]) {
    harm(join(data, 'shards'));
    const refused = await ran('store', 'ls', '--data-dir', data);
    assert.equal(refused.code, 1);
    assert.match(refused.told, /"peregrine store repair" makes it again/);
    const repaired = await ran('store', 'repair', '--data-dir', data);
    assert.match(repaired.printed, /The number of shards was found again: 1/);
    assert.equal((await ran('store', 'ls', '--data-dir', data)).code, 0);
  }
  const nowhere = join(temporaryDirectory(t), 'nowhere');
  const unmirrored = await ran('store', 'repair', '--mirror', nowhere, '--data-dir', data);
  assert.match(unmirrored.told, /There is no directory .*nowhere/);
  const foreign = await ran('store', 'repair', '--mirror', temporaryDirectory(t), '--data-dir', data);
  assert.match(foreign.told, /is no copy of this data directory: it has no shard-000/);
  const inside = await ran('store', 'snapshot', join(data, 'inside'), '--data-dir', data);
  assert.deepEqual([inside.code, /outside of/.test(inside.told)], [2, true]);
  const unrestored = await ran('store', 'restore', nowhere, '--data-dir', join(nowhere, 'new'));
  assert.match(unrestored.told, /There is no directory .*nowhere/);
  assert.equal(existsSync(nowhere), false, 'what was asked for in vain was not made');
});

test('store begins a shard that somebody took away anew when told so, and not before', async (t: TestContext) => {
  const data = await filled(t);
  rmSync(join(data, 'shard-000'), { recursive: true });
  for (const command of [
    ['search', 'falcon'],
    ['store', 'ls'],
    ['store', 'repair'],
  ]) {
    const refused = await ran(...command, '--data-dir', data);
    assert.equal(refused.code, 1, refused.told);
    assert.match(
      refused.told,
      /shard-000 is gone, with all that was kept there.*store restore.*--accept-loss/,
    );
  }
  const accepted = await ran('store', 'repair', '--accept-loss', '--data-dir', data);
  assert.match(accepted.printed, /Shard 0: all that it held is given up.*begins anew, empty/);
  assert.equal((await ran('store', 'ls', '--data-dir', data)).code, 0);
});

test('store restores a snapshot into a new directory, and over an old one when told', async (t: TestContext) => {
  const data = await filled(t);
  const snapshot = join(temporaryDirectory(t), 'copy');
  assert.match((await ran('store', 'snapshot', snapshot, '--data-dir', data)).printed, /of them shared\./);
  assert.equal((await ran('store', 'snapshot', snapshot, '--data-dir', data)).code, 1);
  const target = join(temporaryDirectory(t), 'restored');
  assert.equal((await ran('store', 'restore', snapshot, '--data-dir', target)).code, 0);
  assert.match((await ran('store', 'dump', 'titles', '--data-dir', target)).printed, /8 records/);
  assert.equal((await ran('store', 'restore', snapshot, '--data-dir', target)).code, 1);
  assert.equal((await ran('store', 'restore', snapshot, '--replace', '--data-dir', target)).code, 0);
  assert.equal((await ran('store', 'verify', '--deep', '--data-dir', target)).code, 0);
});

test('store works through the process that holds the directory, all but restore', async (t: TestContext) => {
  const data = await filled(t);
  const engine = await openEngine({ dataDirectory: data });
  const socket = await openControlSocket({ engine, dataDirectory: data });
  const terminal = new CaptiveTerminal('locked');
  assert.equal(await terminal.run('store', 'verify', '--deep', '--json', '--data-dir', data), 0);
  assert.equal(resultOf(terminal.printed).isSound, true);
  assert.match(terminal.told, /"event":"progress"/);
  const dumping = new CaptiveTerminal('locked');
  assert.equal(await dumping.run('store', 'dump', 'titles', '--data-dir', data), 0);
  assert.match(dumping.printed, /8 records of titles/);
  const wrong = new CaptiveTerminal('locked');
  assert.equal(await wrong.run('store', 'dump', 'titles', '--start', 'zz', '--data-dir', data), 2);
  assert.match(wrong.told, /given in hex/);
  const snapshot = join(temporaryDirectory(t), 'copy');
  assert.equal(await new CaptiveTerminal('locked').run('store', 'snapshot', snapshot, '--data-dir', data), 0);
  const restoring = new CaptiveTerminal('locked');
  assert.equal(await restoring.run('store', 'restore', snapshot, '--replace', '--data-dir', data), 3);
  await socket.close();
  await engine.close();
});
