import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentOf, segmentOf, wordHash, WEIGHTS } from '../../testing/index-fixtures.ts';
import { hash64, toCollectionId, toDocId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import { encodeNote, encodeLiveBits, decodeNote } from './segment-files.ts';
import { decodeHead, PAGE_BYTES } from './segment-format.ts';
import { PinnedView, SegmentSet } from './segment-set.ts';
import { Segment } from './segment.ts';
import { verifySegment } from './verify-segment.ts';

const COLLECTION = toCollectionId(1);

/** Two documents: a word in both, one in one, one in the menus of both, a filter. */
function tinySegment(): ReturnType<typeof segmentOf> {
  const columns = {
    siteHash: 0x11223344,
    language: 5,
    date_min: 1000,
    rank: 128,
    depth: 2,
    contentHash: 0xa0b0c0d0,
  };
  const zones = { zoneStarts: Uint32Array.of(0, 18, 60), zoneGroups: Uint8Array.of(1, 0, 8) };
  const rest = { ...zones, columns, fieldLengths: Uint32Array.of(40, 2, 0, 0, 0, 0, 0, 0, 1) };
  const first = documentOf(
    new Map([
      [1, [0, 18, 19, 40]],
      [2, [1]],
      [3, [60]],
    ]),
    {
      ...rest,
      filterHashes: BigUint64Array.of(5n),
    },
  );
  const second = documentOf(
    new Map([
      [1, [20]],
      [3, [60]],
    ]),
    { ...rest, filterHashes: BigUint64Array.of(5n, 6n) },
  );
  return segmentOf([
    { docId: toDocId(2 ** 52 + 1), document: first },
    { docId: toDocId(77), document: second },
  ]);
}

/** A segment: all words up to the last that is not zero, without the checksum. */
const GOLDEN = `
  5053454707000000020000000500000001000000010000000100000000000000
  0000000000405340010000000000304300000000000020401507000000000100
  0000000000000000000000000000000060000000600000006000000060000000
  6200000060000000620000006600000060000000670000006b00000078000000
  7a00000098000000000000000000000000000000000000000000000000000000
  6300000064000000ffffffffffffffffffffffffffffffffffffffffffffffff
  65000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff
  0000000000005440000000000000104000000000000000000000000000000000
  0000000000000000000000000000000000000000000000000000000000000000
  0000000000000040000000000000000000000000000000000000000000000000
  0000000000000000000000000000000000000000000000000000000000000000
  000000000100000044332211d0c0b0a0e8030000050080020000000000000000
  0000100000009800010000002424000002020000010100002002209003000000
  0100000020010000c80300000000000000000000000000004011000100000000
  0101010101000000c00003000201000007000000010000000324032401020102
  9c2b000008c84c02000000000500000002000000000000000000000000000020
  000000000600000001000000010000000000000000000018aad9a927bd3fbea2
  020000000200000002000000020000203c0d3f401952ae250200000006000000
  050000000000002075ff3b75c54ca03101000000000000000100000001000010
  00000000050000007a00000005
`;

/** The same as versions 6 and 5, whose short lists are no other. */
const GOLDEN_6 = GOLDEN.replace('5053454707', '5053454706');
const GOLDEN_5 = GOLDEN.replace('5053454707', '5053454705');

/** The same as version 4, which gave each column a place of its own. */
const GOLDEN_4 = `
  5053454704000000020000000500000001000000010000000100000000000000
  0000000000405340010000000000304300000000000020401507000000000100
  0000000000000000000000000000000060000000620000006300000063000000
  6300000063000000630000006700000064000000680000006c00000079000000
  7b00000099000000000000000000000000000000000000000000000000000000
  6400000065000000ffffffffffffffffffffffffffffffffffffffffffffffff
  66000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff
  0000000000005440000000000000104000000000000000000000000000000000
  0000000000000000000000000000000000000000000000000000000000000000
  0000000000000040000000000000000000000000000000000000000000000000
  0000000000000000000000000000000000000000000000000000000000000000
  000000000100000044332211d0c0b0a0e8030000050080020000000000000000
  0000100000000000002600000100000024240000020200000101000020022090
  030000000100000020010000c803000000000000000000000000000040110001
  000000000101010101000000c000030002010000070000000100000003240324
  010201029c2b000008c84c020000000005000000020000000000000000000000
  00000020000000000600000001000000010000000000000000000018aad9a927
  bd3fbea2020000000200000002000000020000203c0d3f401952ae2502000000
  06000000050000000000002075ff3b75c54ca031010000000000000001000000
  0100001000000000050000007b00000005
`;

/** What version 3 wrote of the same documents, but for their menus. */
const GOLDEN_3 = `
  5053454703000000020000000400000001000000010000000100000000000000
  0000000000405340010000000000304300000000000018401507000000000100
  0000000000000000000000000000000060000000620000006300000063000000
  6300000063000000630000006600000064000000670000006a00000073000000
  740000008c000000000000000000000000000000000000000000000000000000
  6400000065000000ffffffffffffffffffffffffffffffffffffffffffffffff
  ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
  0000000000005440000000000000104000000000000000000000000000000000
  0000000000000000000000000000000000000000000000000000000000000000
  0000000000000000000000000000000000000000000000000000000000000000
  0000000000000000000000000000000000000000000000000000000000000000
  000000000100000044332211d0c0b0a0e8030000050080020000000000000000
  0000100000000000002600000100000024240000020200002002209002000000
  0100000020010000000000000000000000000000c00003000201000007000000
  01000000032403240102010208c84c0200000000050000000200000000000000
  0000000000000020000000000600000001000000010000000000000000000018
  3c0d3f401952ae250200000002000000050000000000002075ff3b75c54ca031
  0100000000000000010000000100001000000000050000007400000004
`;

/** The words of a segment's one page up to the last that is not zero. */
function linesOf({ pages }: ReturnType<typeof tinySegment>): string[] {
  assert.equal(pages.length, 1);
  const payload = Buffer.from(pages[0]!.subarray(0, 16_376));
  const checksum = new DataView(pages[0]!.buffer).getBigUint64(16_376, true);
  assert.equal(checksum, hash64(payload));
  const used = payload.findLastIndex((byte) => byte !== 0) + 1;
  return payload
    .subarray(0, used)
    .toString('hex')
    .match(/.{1,64}/g)!;
}

test('a tiny segment without fields has those bytes', () => {
  assert.deepEqual(linesOf(tinySegment()), GOLDEN.trim().split(/\s+/));
});

for (const [version, golden, menuOnly] of [
  [7, GOLDEN, 2],
  [6, GOLDEN_6, 2],
  [5, GOLDEN_5, 2],
  [4, GOLDEN_4, 2],
  [3, GOLDEN_3, 0],
] as const) {
  test(`a file with the bytes of version ${version} is read`, () => readGolden(golden, menuOnly));
}

/** `menuOnly`: documents that the file says to have a word in menus alone. */
async function readGolden(golden: string, menuOnly: number): Promise<void> {
  const disk = new MemoryDisk();
  const page = new Uint8Array(PAGE_BYTES);
  page.set(Buffer.from(golden.replace(/\s/g, ''), 'hex'));
  new DataView(page.buffer).setBigUint64(16_376, hash64(page.subarray(0, 16_376)), true);
  const file = await disk.open('1.segment', 'create');
  await file.write(page, 0);
  await file.close();
  const memory = new IndexMemory(2 ** 18, 'wasm');
  const segment = await Segment.open(memory, disk, '1.segment', { id: 1, collection: COLLECTION });
  const live = LiveBits.all(memory.linear, 2);
  const set = new SegmentSet([{ segment, live }], 1);
  const view = new PinnedView(memory, COLLECTION, set);
  const scored = [{ stem: wordHash(1), surface: undefined, weight: 1, place: 0 }];
  const { hits } = view.search({
    collection: COLLECTION,
    scored,
    required: [{ kind: 'filter', hash: 5n }],
    excluded: [{ kind: 'phrase', hashes: [wordHash(1), wordHash(2)], offsets: [0, 2], groups: 0xffff }],
    statistics: view.statistics(scored),
    weights: WEIGHTS,
    limit: 5,
  });
  assert.deepEqual(
    hits.map(({ docId, siteHash, contentHash, language }) => [docId, siteHash, contentHash, language]),
    [
      [2 ** 52 + 1, 0x11223344, 0xa0b0c0d0, 5],
      [77, 0x11223344, 0xa0b0c0d0, 5],
    ],
  );
  const inMenus = view.statistics([{ stem: wordHash(3), surface: undefined, weight: 1, place: 0 }]);
  assert.deepEqual(inMenus.documentFrequencies, [menuOnly]);
  assert.deepEqual(inMenus.menuOnlyFrequencies, [menuOnly]);
  const { problems } = await verifySegment(memory, segment);
  assert.deepEqual(problems, []);
  view.release();
  set.release();
  live.release();
  segment.release();
}

test('a segment of another version is refused by name', () => {
  const page = tinySegment().pages[0]!.slice();
  page[4] = 2;
  assert.throws(() => decodeHead(page, 'x.segment'), { code: 'UNSUPPORTED_VERSION' });
});

test('notes and live bits have the bytes of version 1', () => {
  const note = { kind: 'live', collection: COLLECTION, segment: 300, generation: 2 } as const;
  const bytes = encodeNote(note);
  assert.equal(Buffer.from(bytes).toString('hex'), '010101000000ac0202');
  assert.deepEqual(decodeNote({ path: 'x', size_bytes: 1, note: bytes }), note);
  const stale = Buffer.from(encodeLiveBits(0, new Uint8Array(0), true));
  assert.equal(stale.subarray(0, 16).toString('hex'), '504c4956020000000000000001000000');
  const bits = Buffer.from(encodeLiveBits(10, Uint8Array.of(0xfe, 3)));
  assert.equal(bits.toString('hex'), '504c4956010000000a00000000000000fe0373387d93d3811997');
});
