import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fill, openSmall, partPaths, smallKey, smallValue } from '../../testing/tended-store.ts';
import { isPeregrineError, type Random, seededRandom } from '../base/index.ts';
import { type Disk, FaultyDisk } from '../disk/index.ts';
import { type MaintainedStore, mirrorDirectory } from './index.ts';
import type { PageKind } from './page.ts';
import { scanPages } from './page-scan.ts';
import { decodeFooter, FOOTER_BYTES } from './part-format.ts';
import { partNumberOf } from './store-names.ts';

const ALL = { database: 'links', start: smallKey(0), end: smallKey(0xffff_ffff) } as const;

/** A store whose links are 0 … 599, in parts of several pages, and a copy of its directory. */
async function storeWithMirror(): Promise<{ disk: FaultyDisk; store: MaintainedStore }> {
  const disk = new FaultyDisk({ seed: 7 });
  const store = await openSmall(disk, { part_bytes: 256 * 1024 });
  await fill(store, 0, 600);
  const report = await snapshotTo(store, disk);
  assert.ok(report.files > 0);
  return { disk, store };
}

async function snapshotTo(store: MaintainedStore, disk: Disk): Promise<{ files: number }> {
  const moment = await store.paused(() => store.holdMoment());
  try {
    // Through another disk, so that bytes are copied: links would share the damage.
    const report = await moment.write({ disk: new Passing(disk), directory: 'mirror' });
    return report;
  } finally {
    await moment.release();
  }
}

/** The same disk under another identity. */
class Passing implements Disk {
  readonly #disk: Disk;
  constructor(disk: Disk) {
    this.#disk = disk;
  }
  open: Disk['open'] = (path, mode) => this.#disk.open(path, mode);
  stat: Disk['stat'] = (path) => this.#disk.stat(path);
  list: Disk['list'] = (path) => this.#disk.list(path);
  makeDirectory: Disk['makeDirectory'] = (path) => this.#disk.makeDirectory(path);
  rename: Disk['rename'] = (from, to) => this.#disk.rename(from, to);
  remove: Disk['remove'] = (path) => this.#disk.remove(path);
  link: Disk['link'] = (existing, path) => this.#disk.link(existing, path);
  syncDirectory: Disk['syncDirectory'] = (path) => this.#disk.syncDirectory(path);
  free_bytes: Disk['free_bytes'] = () => this.#disk.free_bytes();
}

/** A place inside each page of a part, by kind, and one in the footer. */
async function placesOf(
  disk: Disk,
  path: string,
  random: Random,
): Promise<[kind: PageKind | 'footer', offset: number][]> {
  const file = await disk.open(path, 'read');
  const size_bytes = await file.size();
  const places: [PageKind | 'footer', number][] = [];
  const number = partNumberOf(path.slice(path.lastIndexOf('/') + 1)) ?? 0;
  for await (const { kind, place } of scanPages(file, number, size_bytes - FOOTER_BYTES)) {
    // Padding behind the checksum means nothing.
    places.push([kind, place.offset + random.below(place.size_bytes - 8)]);
  }
  places.push(['footer', size_bytes - FOOTER_BYTES + random.below(FOOTER_BYTES)]);
  await file.close();
  return places;
}

async function numbersIn(store: MaintainedStore, skipLost = false): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { key, value } of store.scan({ ...ALL, skipLost })) {
    const number = new DataView(value.buffer, value.byteOffset).getUint32(0, true);
    assert.deepEqual(Buffer.from(key), Buffer.from(smallKey(number)));
    numbers.push(number);
  }
  return numbers;
}

const EVERY = Array.from({ length: 600 }, (_, i) => i);

/** A store that has lost the keys of one page. */
async function damaged(): Promise<{ disk: FaultyDisk; store: MaintainedStore; lost: number[] }> {
  const { disk, store } = await storeWithMirror();
  const [path = ''] = await partPaths(disk);
  const places = await placesOf(disk, path, seededRandom(5));
  const [, offset = 0] = places.filter(([kind]) => kind === 'data')[1] ?? [];
  disk.flipBit(path, offset);
  await store.repair();
  const kept = await numbersIn(store, true);
  return { disk, store, lost: EVERY.filter((number) => !kept.includes(number)) };
}

describe('One flipped bit in a part', () => {
  it('is found in every kind of page, harms no reader, and is mended from a mirror', async () => {
    const { disk, store } = await storeWithMirror();
    const [path = ''] = await partPaths(disk);
    const kinds = new Map<string, number>();
    for (const [kind, offset] of await placesOf(disk, path, seededRandom(3))) {
      disk.flipBit(path, offset);
      const { isSound, parts } = await store.verify({ depth: 'deep' });
      assert.equal(isSound, false, `${kind} at ${offset}`);
      assert.ok(
        parts.some(({ problems }) =>
          problems.some(({ kind: found }) => found === 'page' || found === 'footer'),
        ),
      );
      await numbersIn(store).catch((error: unknown) => assert.ok(isPeregrineError(error, 'CORRUPT')));
      const repair = await store.repair({ sources: [mirrorDirectory(disk, 'mirror')] });
      assert.deepEqual(
        [repair.mended, repair.quarantined, repair.lostRanges],
        [[path], [], 0],
        `${kind} at ${offset}`,
      );
      assert.equal((await store.verify({ depth: 'deep' })).isSound, true);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    assert.deepEqual([...kinds.keys()].sort(), ['data', 'filter', 'footer', 'map', 'topMap', 'value']);
    assert.deepEqual(await numbersIn(store), EVERY);
    await store.close();
  });

  it('loses nothing without a mirror unless it hits records themselves, and then only those', async () => {
    const places = await (async () => {
      const { disk, store } = await storeWithMirror();
      const [path = ''] = await partPaths(disk);
      await store.close();
      return placesOf(disk, path, seededRandom(4));
    })();
    for (const [kind, offset] of places) {
      const { disk, store } = await storeWithMirror();
      const [path = ''] = await partPaths(disk);
      disk.flipBit(path, offset);
      const repair = await store.repair();
      assert.deepEqual(repair.quarantined, [path]);
      const kept = await numbersIn(store, true);
      const lost = EVERY.filter((number) => !kept.includes(number));
      if (kind === 'value') assert.equal(lost.length, 1);
      else if (kind === 'data') assert.ok(lost.length > 1 && lost.length < 250, String(lost.length));
      else assert.equal(lost.length, 0, kind);
      assert.equal(repair.lostRanges, lost.length === 0 ? 0 : 1);
      assert.equal(store.status().lost?.[0]?.entries, lost.length === 0 ? undefined : lost.length);
      for (const number of EVERY) {
        const read = store.get('links', smallKey(number));
        if (lost.includes(number)) await assert.rejects(read, { code: 'CORRUPT' });
        else assert.ok((await read) !== undefined);
      }
      await store.close();
    }
  });
});

describe('Lost keys', () => {
  it('are told to every range that meets them, with the way around', async () => {
    const { store, lost } = await damaged();
    await assert.rejects(numbersIn(store), (error: unknown) => {
      assert.ok(isPeregrineError(error, 'CORRUPT'));
      assert.equal(error.facts['lost'], true);
      return true;
    });
    const before = await store.range({ ...ALL, byteTarget: 10_000_000 });
    assert.equal(before.records.length, lost[0]);
    const { lost: told } = await store.range({ ...ALL, start: smallKey(lost[0] ?? 0), skipLost: true });
    assert.equal(told?.length, 1);
    await store.close();
  });

  it('are there again where they are written anew, and the neighbours stay lost', async () => {
    const { store, lost } = await damaged();
    const [first = 0, second = 0] = lost;
    await store.append({ records: [{ database: 'links', key: smallKey(first), value: smallValue(first) }] });
    assert.ok((await store.get('links', smallKey(first))) !== undefined);
    await assert.rejects(store.get('links', smallKey(second)), { code: 'CORRUPT' });
    await store.flush();
    assert.deepEqual(
      await numbersIn(store, true),
      EVERY.filter((number) => number === first || !lost.includes(number)),
    );
    await store.close();
  });

  it('are never covered up by what is older, whatever is merged', async () => {
    const disk = new FaultyDisk({ seed: 9 });
    const store = await openSmall(disk, { part_bytes: 256 * 1024 });
    const [oldest, older] = [1, 2];
    for (const version of [oldest, older, 3, 4]) {
      await store.append({
        records: EVERY.filter((number) => version < 4 || number >= 500).map((number) => ({
          database: 'links',
          key: smallKey(number),
          value: smallValue(number, 60 + version),
        })),
      });
      await store.flush();
    }
    const path = (await partPaths(disk))[2] ?? '';
    const offset =
      (await placesOf(disk, path, seededRandom(1))).filter(([kind]) => kind === 'data')[1]?.[1] ?? 0;
    disk.flipBit(path, offset);
    await store.repair();
    const state = async (): Promise<string[]> =>
      Promise.all(
        EVERY.map((number) =>
          store.get('links', smallKey(number)).then(
            (value) => String(value?.length),
            () => 'lost',
          ),
        ),
      );
    const before = await state();
    assert.ok(before.includes('lost') && before.includes('63') && before.includes('64'));
    assert.ok(!before.includes('61') && !before.includes('62'));
    await store.merge({ force: true });
    assert.deepEqual(await state(), before);
    await store.append({ records: [{ database: 'links', key: smallKey(599), value: undefined }] });
    await store.merge({ force: true });
    await store.close();
    const again = await openSmall(disk);
    assert.equal(await again.get('links', smallKey(599)), undefined);
    await again.merge({ force: true });
    assert.equal(again.status().databases.links.runs, 2);
    assert.equal(await again.get('links', smallKey(599)), undefined);
    await again.close();
  });

  it('come back when a mirror is found later', async () => {
    const { disk, store } = await damaged();
    const report = await store.repair({ sources: [mirrorDirectory(disk, 'mirror')] });
    assert.equal(report.regained.length, 1);
    assert.equal(report.lostRanges, 0);
    assert.deepEqual(await numbersIn(store), EVERY);
    await store.merge({ force: true });
    assert.deepEqual(await numbersIn(store), EVERY);
    await store.close();
  });

  it('outlive a restart, and are given up by name alone', async () => {
    const { disk, store, lost } = await damaged();
    await store.close();
    const again = await openSmall(disk);
    assert.equal(again.status().lost?.length, 1);
    const report = await again.repair({ acceptLoss: true });
    assert.deepEqual([report.accepted, report.lostRanges], [1, 0]);
    assert.deepEqual(
      await numbersIn(again),
      EVERY.filter((number) => !lost.includes(number)),
    );
    await again.close();
  });
});

describe('A mirror', () => {
  it('that holds another part under the same number is not believed', async () => {
    const { disk, store } = await storeWithMirror();
    const [path = ''] = await partPaths(disk);
    const other = await openSmall(disk, { directory: 'other', part_bytes: 256 * 1024 });
    await fill(other, 10_000, 600);
    const [otherPath = ''] = await partPaths(disk, 'other');
    assert.equal(otherPath.split('/').at(-1), path.split('/').at(-1));
    await other.close();
    disk.flipBit(path, 40);
    const report = await store.repair({ sources: [mirrorDirectory(disk, 'other')] });
    assert.deepEqual([report.mended, report.quarantined], [[], [path]]);
    await store.close();
  });

  it('that is damaged itself, at another place, still makes a part whole', async () => {
    const { disk, store } = await storeWithMirror();
    const [path = ''] = await partPaths(disk);
    const places = (await placesOf(disk, path, seededRandom(6))).map(([, offset]) => offset);
    disk.flipBit(path, places[0]);
    disk.flipBit(`mirror/parts/${path.split('/').at(-1)}`, places[2]);
    disk.flipBit(`mirror/parts/${path.split('/').at(-1)}`, places.at(-1));
    const report = await store.repair({ sources: [mirrorDirectory(disk, 'mirror')] });
    assert.deepEqual(report.mended, [path]);
    assert.deepEqual(await numbersIn(store), EVERY);
    await store.close();
  });

  it('gives back a part whose file is gone, or whose front is', async () => {
    const { disk, store } = await storeWithMirror();
    const [path = ''] = await partPaths(disk);
    await disk.remove(path);
    const sources = [mirrorDirectory(disk, 'mirror')];
    assert.deepEqual((await store.repair({ sources })).mended, [path]);
    const file = await disk.open(path, 'write');
    await file.truncate(5_000);
    await file.close();
    assert.deepEqual((await store.repair({ sources })).mended, [path]);
    assert.deepEqual(await numbersIn(store), EVERY);
    const part = await disk.open(path, 'read');
    const bytes = new Uint8Array(FOOTER_BYTES);
    await part.read(bytes, (await part.size()) - FOOTER_BYTES);
    assert.equal(decodeFooter(bytes, path, 0).records, 600);
    await part.close();
    await store.close();
  });

  it('that was given another name is kept when the store opens, and found by a repair', async () => {
    const { disk, store } = await storeWithMirror();
    await store.close();
    const [path = ''] = await partPaths(disk);
    await disk.rename(path, path.replace(/\d+(?=\.part$)/, '0000000777'));
    const again = await openSmall(disk);
    await assert.rejects(numbersIn(again), { code: 'CORRUPT' });
    const report = await again.repair();
    assert.deepEqual([report.regained.length, report.lostRanges], [1, 0]);
    assert.deepEqual(await numbersIn(again), EVERY);
    assert.ok((await again.verify({ depth: 'deep' })).isSound);
    await again.close();
  });
});
