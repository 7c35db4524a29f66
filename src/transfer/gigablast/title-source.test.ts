import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import {
  packedRecord,
  savedTree,
  titleBytes,
  type TitleDocument,
  titleDocument,
  titleKey,
  titleRecord,
  tombstone,
  writeTitleFile,
} from '../../../testing/gigablast-files.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { isPeregrineError } from '../../base/index.ts';
import { decodeGigablastRecord } from './title-record.ts';
import type { RecordVersion } from './record-cursors.ts';
import { TitleSource } from './title-source.ts';

const page = (n: number, text = `page ${n}`): TitleDocument => ({
  url: `http://site.example.org/${n}`,
  content: `<title>${text}</title><p>${text}`,
  docId: n * 1_000,
});
const gone = (n: number): ReturnType<typeof tombstone> => tombstone(page(n).url, n * 1_000);
const pages = (...numbers: readonly number[]): Uint8Array =>
  titleBytes(numbers.map((n) => titleRecord(page(n))));

interface Contents {
  /** Titles of the newest versions that can be read, in order. */
  readonly titles: readonly string[];
  readonly tombstones: number;
  readonly failures: number;
  readonly lost_bytes: number;
  readonly losses: readonly { file: string; offset: number; size_bytes: number }[];
  readonly records: number;
}

async function contentsOf(directory: string): Promise<Contents> {
  const source = await TitleSource.open(directory);
  const titles: string[] = [];
  let tombstones = 0;
  let failures = 0;
  try {
    for await (const { versions } of source.groups()) {
      const newest = versions[0]!;
      if (newest.isTombstone) tombstones += 1;
      else {
        try {
          titles.push(await titleOf(source, newest));
        } catch (error) {
          assert(isPeregrineError(error), String(error));
          failures += 1;
        }
      }
    }
    const { lost_bytes, losses, records } = source.totals;
    return { titles, tombstones, failures, lost_bytes, losses, records };
  } finally {
    await source.close();
  }
}

async function titleOf(source: TitleSource, version: RecordVersion): Promise<string> {
  const { content } = decodeGigablastRecord(await source.read(version));
  return /<title>(.*?)<\/title>/.exec(Buffer.from(content).toString())?.[1] ?? '';
}

/** What is read of one file with these bytes. */
async function contentsOfFile(t: TestContext, bytes: Uint8Array, hasMap = false): Promise<Contents> {
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, bytes, { hasMap });
  return contentsOf(directory);
}

const titles = (...numbers: readonly number[]): string[] => numbers.map((n) => `page ${n}`);

test('SF1 a file is read until nothing of it is left', async (t) => {
  const numbers = Array.from({ length: 500 }, (_, i) => i + 1);
  assert.deepEqual((await contentsOfFile(t, pages(...numbers))).titles, titles(...numbers));
});

test('SF12 every file is read once, from the first record of the oldest on', async (t) => {
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, pages(2, 5), { id: 3 });
  writeTitleFile(directory, pages(1, 4), { id: 1 });
  writeTitleFile(directory, pages(3, 6), { id: 11, part_bytes: 100 });
  const { records, titles: found } = await contentsOf(directory);
  assert.equal(records, 6);
  assert.deepEqual(found, titles(1, 2, 3, 4, 5, 6));
});

test('IL7 an empty file is followed by the next', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'titledb0001-000.dat'), '');
  writeTitleFile(directory, pages(1), { id: 3 });
  assert.deepEqual((await contentsOf(directory)).titles, titles(1));
});

test('IL9 a key that is cut off is told, and the next file is read', async (t) => {
  const directory = temporaryDirectory(t);
  const bytes = pages(1, 2);
  writeTitleFile(directory, Buffer.concat([bytes, titleKey(9_000, 'x').subarray(0, 7)]), { id: 1 });
  writeTitleFile(directory, pages(3), { id: 3 });
  const { titles: found, losses } = await contentsOf(directory);
  assert.deepEqual(found, titles(1, 2, 3));
  assert.deepEqual(
    losses.map(({ file, offset, size_bytes }) => [file, offset, size_bytes]),
    [['titledb0001-000.dat', bytes.length, 7]],
  );
});

test('IL10 a tombstone takes twelve bytes, deletes what is older, and stays away from what is newer', async (t) => {
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, pages(1, 2, 3), { id: 1 });
  writeTitleFile(directory, titleBytes([gone(1), gone(2), titleRecord(page(4))]), { id: 3 });
  writeTitleFile(directory, titleBytes([titleRecord(page(2, 'page 2 again'))]), { id: 5 });
  const { titles: found, tombstones, lost_bytes } = await contentsOf(directory);
  assert.deepEqual(found, ['page 2 again', 'page 3', 'page 4']);
  assert.equal(tombstones, 1);
  assert.equal(lost_bytes, 0);
});

test('IL11 a size that is cut off is told', async (t) => {
  const bytes = Buffer.concat([pages(1), titleRecord(page(2)).bytes.subarray(0, 14)]);
  const { titles: found, lost_bytes } = await contentsOfFile(t, bytes);
  assert.deepEqual(found, titles(1));
  assert.equal(lost_bytes, 14);
});

for (const size of [-1, -2_147_483_648, 500_000_001, 2_147_483_647]) {
  test(`IL12 a size of ${size} is refused; the records behind it are read`, async (t) => {
    const [before, bad, behind] = [pages(1, 2), Buffer.from(pages(3)), pages(4, 5)];
    bad.writeInt32LE(size, 12);
    const {
      titles: found,
      lost_bytes,
      losses,
    } = await contentsOfFile(t, Buffer.concat([before, bad, behind]));
    assert.deepEqual(found, titles(1, 2, 4, 5));
    assert.equal(lost_bytes, bad.length);
    assert.deepEqual([losses.length, losses[0]?.offset], [1, before.length]);
  });
}

test('IL12 a size that is wrong within bounds is found out by what follows', async (t) => {
  for (const difference of [-40, -1, 1, 30]) {
    const [before, bad, behind] = [pages(1, 2), Buffer.from(pages(3)), pages(4, 5)];
    bad.writeInt32LE(bad.readInt32LE(12) + difference, 12);
    const {
      titles: found,
      lost_bytes,
      failures,
    } = await contentsOfFile(t, Buffer.concat([before, bad, behind]));
    assert.deepEqual(found, titles(1, 2, 4, 5), `size wrong by ${difference}`);
    assert(lost_bytes > 0 && lost_bytes <= bad.length + 30, `${lost_bytes} bytes lost`);
    assert(failures <= 1);
  }
});

test('IL14 a record that is longer than what it holds is refused', async (t) => {
  const record = packedRecord(titleKey(1_000, page(1).url), titleDocument(page(1)));
  const longer = Buffer.concat([record, Buffer.alloc(5)]);
  longer.writeInt32LE(longer.length - 16, 12);
  const { titles: found, failures } = await contentsOfFile(t, Buffer.concat([longer, pages(2)]));
  assert.deepEqual(found, titles(2));
  assert.equal(failures, 1);
});

test('IL15 a record of no bytes holds no document; the next one is read', async (t) => {
  const empty = Buffer.concat([titleKey(1_500, 'x'), Buffer.alloc(4)]);
  const {
    titles: found,
    failures,
    lost_bytes,
  } = await contentsOfFile(t, Buffer.concat([pages(1), empty, pages(2)]));
  assert.deepEqual(found, titles(1, 2));
  assert.deepEqual([failures, lost_bytes], [1, 0]);
});

test('IL16 data that can’t be unpacked fail this record alone', async (t) => {
  const bad = Buffer.from(pages(2));
  bad.fill(0xee, 40, 60);
  const {
    titles: found,
    failures,
    lost_bytes,
  } = await contentsOfFile(t, Buffer.concat([pages(1), bad, pages(3)]));
  assert.deepEqual(found, titles(1, 3));
  assert.deepEqual([failures, lost_bytes], [1, 0]);
});

test('IL17 the next record begins where this one ends, over the borders of parts too', async (t) => {
  for (const part_bytes of [1, 11, 13, 100, 4_096]) {
    const directory = temporaryDirectory(t);
    writeTitleFile(directory, pages(1, 2, 3, 4, 5), { part_bytes: Math.max(part_bytes, 8) });
    assert.deepEqual((await contentsOf(directory)).titles, titles(1, 2, 3, 4, 5), `parts of ${part_bytes}`);
  }
});

test('IL25 the next file is gone on with at once', async (t) => {
  const directory = temporaryDirectory(t);
  for (let id = 1; id <= 39; id += 2) writeTitleFile(directory, pages(id), { id });
  assert.equal((await contentsOf(directory)).titles.length, 20);
});

for (const hasMap of [false, true]) {
  const by = hasMap ? 'by the map' : 'by their looks';
  test(`IL26 records behind damage are found again ${by}, and the loss is told`, async (t) => {
    const numbers = Array.from({ length: 2_000 }, (_, i) => i + 1);
    const bytes = Buffer.from(pages(...numbers));
    const directory = temporaryDirectory(t);
    writeTitleFile(directory, bytes, { hasMap });
    const [from, to] = [120_000, 130_000];
    bytes.fill(0x5a, from, to);
    writeTitleFile(directory, bytes);
    const { titles: found, failures, lost_bytes, losses } = await contentsOf(directory);
    let at = 0;
    const untouched = numbers.filter((n) => {
      const start = at;
      at += pages(n).length;
      return at <= from || start >= to;
    });
    assert.deepEqual(found, titles(...untouched));
    // The frame of the record in which the damage begins is whole, so it fails by itself.
    assert.equal(failures, 1);
    assert.equal(losses.length, 1);
    assert(lost_bytes > 9_000 && lost_bytes < 11_000, `${lost_bytes} bytes lost`);
  });
}

test('IL27 the last record is read', async (t) => {
  assert.equal((await contentsOfFile(t, pages(1, 2, 3))).titles.at(-1), 'page 3');
});

test('IL28 a last record that reaches beyond the end is told, not invented', async (t) => {
  const bytes = pages(1, 2, 3);
  const last = pages(3).length;
  for (const cut of [1, 20, last - 17, last - 1]) {
    const { titles: found, lost_bytes } = await contentsOfFile(t, bytes.subarray(0, bytes.length - cut));
    assert.deepEqual(found, titles(1, 2));
    assert.equal(lost_bytes, last - cut);
  }
});

test('a file whose head was chopped off begins in the middle of a record', async (t) => {
  const numbers = Array.from({ length: 40 }, (_, i) => i + 1);
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, pages(...numbers), { id: 1, part_bytes: 1_000, choppedParts: 1 });
  const alone = await contentsOf(directory);
  assert(alone.lost_bytes > 0 && alone.lost_bytes < 300);
  assert.deepEqual(alone.titles, titles(...numbers.slice(-alone.titles.length)));
  // The unfinished merge holds what was chopped off: then nothing is lost at all.
  writeTitleFile(directory, pages(...numbers.slice(0, 20)), { id: 0, name: 'titledb0000-000.002.dat' });
  const { titles: found, lost_bytes } = await contentsOf(directory);
  assert.deepEqual(found, titles(...numbers));
  assert.equal(lost_bytes, 0);
});

test('a part that is missing in the middle is a loss with a size', async (t) => {
  const numbers = Array.from({ length: 40 }, (_, i) => i + 1);
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, pages(...numbers), { part_bytes: 1_000, missingParts: [2] });
  const { titles: found, lost_bytes, losses } = await contentsOf(directory);
  assert(losses.some(({ offset, size_bytes }) => offset === 2_000 && size_bytes === 1_000));
  assert(lost_bytes >= 1_000 && lost_bytes < 1_700);
  assert.deepEqual([found[0], found.at(-1)], ['page 1', 'page 40']);
});

test('what was in memory when it was saved is newer than every file, of its own collection alone', async (t) => {
  const work = temporaryDirectory(t);
  const directory = join(work, 'coll.main.2');
  writeTitleFile(directory, pages(1, 2, 3), { id: 7 });
  const nodes = [
    { collnum: 2, record: titleRecord(page(2, 'page 2 in memory')).bytes },
    { collnum: 2, record: gone(3).bytes },
    { collnum: 5, record: titleRecord(page(4)).bytes },
    { collnum: 2, record: titleRecord(page(9)).bytes },
  ];
  writeFileSync(join(work, 'titledb-saved.dat'), savedTree(nodes));
  const { titles: found, lost_bytes } = await contentsOf(directory);
  assert.deepEqual(found, ['page 1', 'page 2 in memory', 'page 9']);
  assert.equal(lost_bytes, 0);
  writeFileSync(join(work, 'titledb-saved.dat'), Buffer.alloc(300, 0x77));
  assert.deepEqual((await contentsOf(directory)).titles, titles(1, 2, 3));
  assert.equal((await contentsOf(directory)).lost_bytes, 300);
});

test('a merge that broke off inside a record is no loss while what it was made of is there', async (t) => {
  const whole = pages(1, 2, 3, 4);
  const torn = whole.subarray(0, whole.length - 20);
  const both = temporaryDirectory(t);
  writeTitleFile(both, torn, { name: 'titledb0000-000.002.dat' });
  writeTitleFile(both, whole, { id: 1 });
  const { titles, lost_bytes } = await contentsOf(both);
  assert.deepEqual([titles, lost_bytes], [['page 1', 'page 2', 'page 3', 'page 4'], 0]);
  const alone = temporaryDirectory(t);
  writeTitleFile(alone, torn, { name: 'titledb0000-000.002.dat' });
  assert.ok((await contentsOf(alone)).lost_bytes > 0);
  const damaged = Buffer.from(torn);
  damaged.fill(0xff, 12, 16);
  writeTitleFile(both, damaged, { name: 'titledb0000-000.002.dat' });
  assert.ok((await contentsOf(both)).lost_bytes > 0);
});

test('files of several hosts are told apart by their folders', async (t) => {
  const directory = temporaryDirectory(t);
  const torn = pages(1, 2).subarray(0, -5);
  for (const host of ['a', 'b']) writeTitleFile(join(directory, host, 'coll.main.0'), torn);
  const { losses } = await contentsOf(directory);
  assert.deepEqual(
    losses.map(({ file }) => file),
    ['a', 'b'].map((host) => `${host}/coll.main.0/titledb0001-000.dat`),
  );
});

test('a file in no order is read all the same, the later record being the newer', async (t) => {
  const records = [page(5), page(2), page(9), page(2, 'page 2 again'), page(1)].map(
    (each) => titleRecord(each).bytes,
  );
  const { titles: found, lost_bytes } = await contentsOfFile(t, Buffer.concat(records));
  assert.deepEqual(found, ['page 1', 'page 2 again', 'page 5', 'page 9']);
  assert.equal(lost_bytes, 0);
});

const decode = (document: TitleDocument): unknown => decodeGigablastRecord(titleRecord(document).bytes);

test('a record of a strange version, with stray fields or a bomb in it is a typed refusal', () => {
  for (const version of [0, 113, 130, 65_535])
    assert.throws(() => decode({ ...page(1), version }), { code: 'UNSUPPORTED_VERSION' });
  for (const version of [114, 118, 119, 120, 122, 125, 129])
    assert.doesNotThrow(() => decode({ ...page(1), version }));
  assert.throws(() => decode({ ...page(1), strayFields: 1 << 5 }), { code: 'CORRUPT' });
  assert.throws(() => decode({ ...page(1), strayFields: 1 << 30 }), { code: 'CORRUPT' });
  const bomb = packedRecord(titleKey(1, 'x'), new Uint8Array(50_000_000));
  new DataView(bomb.buffer, bomb.byteOffset).setInt32(16, 100, true);
  assert.throws(() => decodeGigablastRecord(bomb), { code: 'CORRUPT' });
  new DataView(bomb.buffer, bomb.byteOffset).setInt32(16, 104_857_601, true);
  assert.throws(() => decodeGigablastRecord(bomb), { code: 'TOO_LARGE' });
  const tiny = titleRecord(page(1)).bytes;
  for (let length = 0; length < 24; length++) {
    assert.throws(() => decodeGigablastRecord(tiny.subarray(0, length)), { code: 'CORRUPT' });
  }
});

test('link texts come along, the commonest first', () => {
  const linkTexts = ['falcon', 'a bird', 'falcon'];
  const { linkTexts: found } = decodeGigablastRecord(titleRecord({ ...page(1), linkTexts }).bytes);
  assert.deepEqual(found, ['falcon', 'a bird']);
});
