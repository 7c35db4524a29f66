import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import {
  isPeregrineError,
  type PeregrineError,
  seededRandom,
  silentLog,
  systemClock,
} from '../base/index.ts';
import { type Disk, type DiskFile, FaultyDisk, MemoryDisk } from '../disk/index.ts';
import { DATABASES, type DatabaseName, KeyWriter } from './databases.ts';
import { toCollectionId, toSlot } from '../base/index.ts';
import { FileHandles } from './file-handles.ts';
import { hashKey } from './key-filter.ts';
import { keyText } from './key-order.ts';
import type { PartEntry } from './manifest-state.ts';
import { SievePageCache } from './page-cache.ts';
import { decodeFooter, FOOTER_BYTES, type PartFooter } from './part-format.ts';
import { PartCursor } from './part-cursor.ts';
import { PartReader } from './part-reader.ts';
import { PartWriter } from './part-writer.ts';
import { STORED_LENGTH, TOMBSTONE_LENGTH } from './record-block.ts';
import { RetryingReads } from './retrying-reads.ts';

const PATH = 'a.part';
const NUMBER = 7;
const READS = new RetryingReads({ clock: systemClock, random: seededRandom(1), log: silentLog });

function keyOf(database: DatabaseName, number: number): Uint8Array {
  return new KeyWriter(database, toSlot(1), toCollectionId(2)).u32(number).finish();
}

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

async function write(disk: Disk, database: DatabaseName, entries: readonly Entry[]): Promise<PartEntry> {
  const writer = await PartWriter.create(disk, PATH, NUMBER, database);
  for (const { key, value } of entries) await writer.add(key, value);
  return writer.finish();
}

function read(disk: Disk, database: DatabaseName, entry: PartEntry): PartReader {
  return new PartReader(
    disk,
    PATH,
    database,
    entry,
    new SievePageCache(),
    silentLog,
    READS,
    new FileHandles(),
  );
}

async function readAll(reader: PartReader, database: DatabaseName, start = 0): Promise<Entry[]> {
  const entries: Entry[] = [];
  const cursor = new PartCursor(reader, keyOf(database, start), { keepPages: true, manner: {} });
  for (;;) {
    const block = cursor.next();
    if (block === undefined) return entries;
    if (block === 'wait') {
      await cursor.load();
      continue;
    }
    const { count, keyBytes, keys, bytes, offsets, lengths, stored } = block;
    for (let i = 0; i < count; i++) {
      const key = keys.slice(i * keyBytes, (i + 1) * keyBytes);
      const [offset, length] = [offsets[i]!, lengths[i]!];
      const value =
        length === TOMBSTONE_LENGTH
          ? undefined
          : length === STORED_LENGTH
            ? await reader.valueOf(key, { kind: 'stored', ...stored[offset]! })
            : bytes.slice(offset, offset + length);
      entries.push({ key, value: value && new Uint8Array(value) });
    }
  }
}

/** Many entries of all kinds: deletions, short and long values, over several pages. */
function manyEntries(database: DatabaseName, count: number): Entry[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, (_, i) => {
    const draw = random.below(40);
    if (draw < 4) return { key: keyOf(database, i * 3), value: undefined };
    const value = new Uint8Array(draw === 5 ? 9_000 : random.below(90));
    value.forEach((_, at) => (value[at] = random.below(7)));
    return { key: keyOf(database, i * 3), value };
  });
}

async function footerOf(disk: Disk, entry: PartEntry): Promise<PartFooter> {
  const file = await disk.open(PATH, 'read');
  const bytes = new Uint8Array(FOOTER_BYTES);
  await file.read(bytes, entry.size_bytes - FOOTER_BYTES);
  await file.close();
  return decodeFooter(bytes, PATH, 0);
}

/** Keys that can't be read; those that can must be right. */
async function damagedKeys(disk: Disk, entry: PartEntry, entries: readonly Entry[]): Promise<number> {
  const reader = read(disk, 'links', entry);
  let damaged = 0;
  for (const { key, value } of entries) {
    try {
      const found = await reader.get(key, hashKey(key));
      assert.deepEqual(found && new Uint8Array(found), value ?? null);
    } catch (error) {
      assert(isPeregrineError(error, 'CORRUPT'), String(error));
      damaged += 1;
    }
  }
  await reader.close();
  return damaged;
}

async function corruption(run: () => Promise<unknown>): Promise<PeregrineError> {
  try {
    await run();
  } catch (error) {
    assert(isPeregrineError(error, 'CORRUPT'), String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'damage went unseen' });
}

/** Counts the files that are open. */
class CountingDisk extends MemoryDisk {
  open_files = 0;

  override async open(...args: Parameters<Disk['open']>): Promise<DiskFile> {
    const file = await super.open(...args);
    const close = file.close.bind(file);
    this.open_files += 1;
    file.close = async () => {
      this.open_files -= 1;
      file.close = close;
      await close();
    };
    return file;
  }
}

describe('A part', () => {
  it('whose end finds no room leaves neither a file nor a handle', async () => {
    const disk = new CountingDisk({ capacity_bytes: 40 });
    const entry = { key: keyOf('links', 1), value: Uint8Array.of(1) };
    await assert.rejects(write(disk, 'links', [entry]), { code: 'DISK_FULL' });
    assert.deepEqual([await disk.list(''), disk.open_files], [[], 0]);
  });

  for (const database of ['titles', 'links', 'due'] as const) {
    it(`gives back what was written, by key and in order (${database})`, async () => {
      const value = fc.option(
        fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ minLength: 4_090, maxLength: 4_110 })),
        {
          nil: undefined,
        },
      );
      const contents = fc.uniqueArray(fc.tuple(fc.nat(5_000), value), {
        minLength: 1,
        maxLength: 200,
        selector: ([number]) => number,
      });
      const property = fc.asyncProperty(contents, fc.nat(5_000), async (pairs, start) => {
        const disk = new MemoryDisk();
        const entries = pairs
          .sort(([a], [b]) => a - b)
          .map(([number, bytes]) => ({ number, key: keyOf(database, number), value: bytes }));
        const entry = await write(disk, database, entries);
        assert.equal(entry.tombstones, entries.filter((one) => one.value === undefined).length);
        assert.equal(entry.records, entries.length - entry.tombstones);
        const reader = read(disk, database, entry);
        const expected = entries.filter(({ number }) => number >= start);
        assert.deepEqual(
          await readAll(reader, database, start),
          expected.map(({ key, value: bytes }) => ({ key, value: bytes })),
        );
        for (const { key, value: bytes } of entries) {
          const found = await reader.get(key, hashKey(key));
          assert.deepEqual(found && new Uint8Array(found), bytes ?? null);
        }
        const absent = keyOf(database, 6_000 + start);
        assert.equal(await reader.get(absent, hashKey(absent)), undefined);
        await reader.close();
      });
      await fc.assert(property, { numRuns: 12 });
    });
  }

  it('reads back under any number that the store will ever give it', async () => {
    for (const number of [2 ** 24 - 1, 2 ** 24, 2 ** 40]) {
      const disk = new MemoryDisk();
      const writer = await PartWriter.create(disk, PATH, number, 'links');
      await writer.add(keyOf('links', 1), new Uint8Array([1]));
      const entry = await writer.finish();
      const reader = read(disk, 'links', entry);
      assert.deepEqual(
        new Uint8Array((await reader.get(keyOf('links', 1), hashKey(keyOf('links', 1)))) ?? []),
        new Uint8Array([1]),
      );
      await reader.close();
    }
  });

  it('keeps absent keys from its pages', async () => {
    const disk = new MemoryDisk();
    const entries = manyEntries('links', 4_000);
    const entry = await write(disk, 'links', entries);
    const cache = new SievePageCache();
    const reader = new PartReader(disk, PATH, 'links', entry, cache, silentLog, READS, new FileHandles());
    for (let i = 0; i < 3_000; i++) {
      const key = keyOf('links', i * 3 + 1);
      assert.equal(await reader.get(key, hashKey(key)), undefined);
    }
    const { filterChunks } = await footerOf(disk, entry);
    // Filter and map, and the few data pages that one key of a hundred is let through to.
    assert.ok(cache.misses <= filterChunks + 1 + 60, `${cache.misses} pages read`);
    await reader.close();
  });

  it('opens without reading its data', async () => {
    const disk = new FaultyDisk();
    const entries = manyEntries('links', 4_000);
    const entry = await write(disk, 'links', entries);
    const footer = await footerOf(disk, entry);
    disk.addFault({ effect: 'io-error', operation: 'read', range: [0, footer.data.size_bytes] });
    const reader = read(disk, 'links', entry);
    const absent = keyOf('links', 1);
    assert.equal(await reader.get(absent, hashKey(absent)), undefined);
    await reader.close();
  });
});

describe('A damaged part', () => {
  it('is found out by a single bit in any kind of page, and never gives a wrong answer', async () => {
    const entries = manyEntries('links', 300);
    const sound = new MemoryDisk();
    const entry = await write(sound, 'links', entries);
    const footer = await footerOf(sound, entry);
    const random = seededRandom(11);
    const regions = {
      data: footer.data,
      map: footer.map,
      topMap: footer.topMap,
      footer: { offset: entry.size_bytes - FOOTER_BYTES, size_bytes: FOOTER_BYTES },
    };
    for (const [name, region] of Object.entries(regions)) {
      let noticed = 0;
      for (let i = 0; i < 8; i++) {
        const disk = new FaultyDisk({ seed: i + 1 });
        await write(disk, 'links', entries);
        disk.flipBit(PATH, region.offset + random.below(region.size_bytes));
        if ((await damagedKeys(disk, entry, entries)) > 0) noticed += 1;
      }
      // A bit of the few bytes that only pad is turned without harm.
      assert.ok(noticed >= 6, `${noticed} of 8 in ${name}`);
    }
  });

  it('says file, place and keys of what is lost, and its neighbours stay readable', async () => {
    const disk = new FaultyDisk();
    const entries = manyEntries('links', 1_500).map(({ key, value }) => ({
      key,
      value: value?.subarray(0, 90),
    }));
    const entry = await write(disk, 'links', entries);
    const { data } = await footerOf(disk, entry);
    disk.flipBit(PATH, Math.floor(data.size_bytes / 2));
    const reader = read(disk, 'links', entry);
    const lost: Uint8Array[] = [];
    let error: PeregrineError | undefined;
    for (const { key } of entries) {
      try {
        await reader.get(key, hashKey(key));
      } catch (caught) {
        assert(isPeregrineError(caught, 'CORRUPT'));
        error = caught;
        lost.push(key);
      }
    }
    assert.ok(
      lost.length > 10 && lost.length < entries.length / 2,
      `${lost.length} of ${entries.length} lost`,
    );
    const { file, offset, first_key, last_key, page_kind } = error?.facts ?? {};
    assert.deepEqual([file, page_kind, typeof offset], [PATH, 'data', 'number']);
    assert.equal(first_key, keyText(lost[0]!));
    assert.ok(String(last_key) > keyText(lost.at(-1)!));
    await reader.close();
  });

  it('answers without its filter', async () => {
    const disk = new FaultyDisk();
    const entries = manyEntries('links', 200);
    const entry = await write(disk, 'links', entries);
    const { filter } = await footerOf(disk, entry);
    disk.flipBit(PATH, filter.offset + 20);
    const events: string[] = [];
    const log = { write: (_: string, event: string) => void events.push(event) };
    const reader = new PartReader(
      disk,
      PATH,
      'links',
      entry,
      new SievePageCache(),
      log,
      READS,
      new FileHandles(),
    );
    const { key, value } = entries[3]!;
    assert.deepEqual(new Uint8Array((await reader.get(key, hashKey(key)))!), value);
    assert.deepEqual(events, ['storage.corrupt-filter']);
    await reader.close();
  });

  it('is not taken for another one, nor a page for another page', async () => {
    const disk = new FaultyDisk();
    const entries = manyEntries('links', 200);
    const entry = await write(disk, 'links', entries);
    const other = read(disk, 'links', { ...entry, number: NUMBER + 1 });
    const { key } = entries[0]!;
    await corruption(() => other.get(key, hashKey(key)));
    const missing = new PartReader(
      disk,
      'b.part',
      'links',
      entry,
      new SievePageCache(),
      silentLog,
      READS,
      new FileHandles(),
    );
    const error = await corruption(() => missing.get(key, hashKey(key)));
    assert.equal(error.facts['file'], 'b.part');
    assert.equal(DATABASES.links.keyBytes, key.length);
  });
});
