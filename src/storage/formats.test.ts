import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { toCollectionId, toSeq, toShardId, toSlot } from '../base/index.ts';
import { encodeBatch } from './batch-codec.ts';
import { DATABASES, KeyWriter } from './databases.ts';
import { FRAME_HEADER_BYTES, writeFrame } from './log-frame.ts';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  SEGMENT_HEADER_BYTES,
  SEGMENT_VERSION,
} from './log-segment.ts';
import {
  EDIT_NUMBERS,
  encodeRecord,
  MANIFEST_VERSION,
  RECORD_HEADER_BYTES,
  RECORD_KIND_NUMBERS,
} from './manifest-codec.ts';
import { KernelScratch } from './memtable-memory.ts';
import { encodeEffects, encodeMark, OUTBOX_VERSION, outboxKey, readOutboxKey } from './outbox-codec.ts';
import { encodePage, PAGE_KIND_NUMBERS } from './page.ts';
import { encodeFooter, FOOTER_BYTES, PART_VERSION } from './part-format.ts';
import { encodeShardCount, SHARD_COUNT_BYTES } from './shards.ts';
import { encodeShardsMade, SHARDS_MADE_BYTES } from './shards-made.ts';
import {
  encodeMark as encodeSnapshotMark,
  SNAPSHOT_HEAD_BYTES,
  SNAPSHOT_VERSION,
} from './snapshot-directory.ts';
import type { DocId } from '../base/index.ts';

type Row = readonly string[];

/** The rows of the tables behind a heading, cells trimmed. */
function tableRows(page: string, heading: string, table = 0): Row[] {
  const text = readFileSync(new URL(`../../docs/formats/${page}.md`, import.meta.url), 'utf8');
  const section = text.split(/^#+ /m).find((part) => part.startsWith(heading));
  assert(section !== undefined, `${page}.md has a section "${heading}"`);
  const tables = section.split(/\n\n/).filter((block) => block.startsWith('|'));
  const rows = tables[table]?.split('\n').map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  assert(rows !== undefined, `"${heading}" has a table`);
  return rows.slice(2);
}

/** Size that a table of fixed fields comes to; checks that each begins where the one before ends. */
function fixedSize(rows: readonly Row[]): number {
  let end = 0;
  for (const [offset, size, field] of rows) {
    if (!/^\d+$/.test(size ?? '')) break;
    assert.equal(Number(offset), end, `offset of ${field}`);
    end += Number(size);
  }
  return end;
}

const GOLDEN = {
  shardsMade: '50534d44010003000500000000000000adeecb6f977bc9e9',
  frame:
    '2800000039e24ca8050000002c010000000000002b01000000000000' +
    '010201010abc000000070123456789ab010301020301000abc000000070123456789ab010101010900000000',
  hashedFrame:
    '28000080d71aeee6050000002c010000000000002b01000000000000' +
    '010201010abc000000070123456789ab010301020301000abc000000070123456789ab010101010900000000',
  segmentHeader:
    '504c4f470200000088776655443322110200000000000000' +
    '05000000000000002c0100000000000007000000000000000000000000000000e262fd4f51f74a05',
  segmentHeader1:
    '504c4f470100000088776655443322110200000000000000' +
    '05000000000000002c01000000000000000000000000000000000000000000006f5f201e5bdf94f3',
  page: '01000000050000000500000001020304059b919376ab85aefb00000000000000',
  footer:
    '505052540100010d000000000000000003000000000000000a000000000000000200000000000000d204000000000000' +
    '000000000000000064000000000000006400000000000000320000000000000096000000000000002800000000000000' +
    'be000000000000004000000000000000' +
    `0abc000000070123456789ab01${'00'.repeat(51)}`.repeat(2) +
    '01000000000000005eaf5c8802a11a05',
  manifestRecord:
    '504d414e31000000010002000400000002000000' +
    '040601090808010903fe030a020abc000000070123456789ab010abc000000070123456789ab01' +
    '03ac020d010161070101b74664a993934c5e',
  lossRecord:
    '504d414e42000000010002000400000002000000030f0108030b0abc000000070123456789ab010abc000000070123456789ab01' +
    '0f010803000abc000000070123456789ab010abc000000070123456789ab01100103a09b540d89bc2dbf',
  snapshotMark: '50534e50010002000068e5cf8b0100002c0100000000000002000000000000008bf89081732d97c0',
  shardCount: '5053484401000300b97abd1cfe80ad3c',
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('The format pages of storage', () => {
  it('list the databases as they are', () => {
    const rows = tableRows('keys', 'Databases');
    const listed = rows.map(([number, name, keyBytes, compression]) => {
      return [name, { number: Number(number), keyBytes: Number(keyBytes), compression }];
    });
    assert.deepEqual(Object.fromEntries(listed), DATABASES);
  });

  it('lay out fixed structures without a gap, to their whole size', () => {
    assert.equal(fixedSize(tableRows('log', 'Segment header')), SEGMENT_HEADER_BYTES);
    assert.equal(fixedSize(tableRows('log', 'Frame')), FRAME_HEADER_BYTES);
    assert.equal(fixedSize(tableRows('part', 'Page')), 12);
    assert.equal(fixedSize(tableRows('part', 'Footer')), FOOTER_BYTES);
    assert.equal(fixedSize(tableRows('manifest', 'Record')), RECORD_HEADER_BYTES);
    assert.equal(fixedSize(tableRows('manifest', 'Number of shards')), SHARD_COUNT_BYTES);
    assert.equal(fixedSize(tableRows('manifest', 'Shards that were made')), SHARDS_MADE_BYTES);
    assert.equal(fixedSize(tableRows('snapshot', 'Mark')), SNAPSHOT_HEAD_BYTES);
  });

  it('number edits, record kinds and page kinds as the code does', () => {
    const edits = tableRows('manifest', 'Edits').map(([number, name]) => [name, Number(number)]);
    assert.deepEqual(Object.fromEntries(edits), EDIT_NUMBERS);
    const pages = tableRows('part', 'Page', 1).map(([number, name]) => [name, Number(number)]);
    assert.deepEqual(Object.fromEntries(pages), PAGE_KIND_NUMBERS);
    const kinds = tableRows('manifest', 'Record').find(([, , field]) => field === 'kind')?.[3] ?? '';
    for (const [name, number] of Object.entries(RECORD_KIND_NUMBERS))
      assert.match(kinds, new RegExp(`${number} ${name}`));
  });

  it('name the versions that are written', () => {
    assert.deepEqual([PART_VERSION, MANIFEST_VERSION, OUTBOX_VERSION, SNAPSHOT_VERSION], [1, 1, 1, 1]);
    const versions = { keys: 1, log: SEGMENT_VERSION, part: 1, manifest: 1, snapshot: 1 };
    for (const [page, version] of Object.entries(versions)) {
      const text = readFileSync(new URL(`../../docs/formats/${page}.md`, import.meta.url), 'utf8');
      assert.match(text.split('\n')[0] ?? '', new RegExp(`, version ${version}$`));
    }
  });
});

describe('The bytes of storage stay as they are:', () => {
  const key = new KeyWriter('titles', toSlot(0xabc), toCollectionId(7)).u48(0x0123_4567_89ab).finish();

  it('a key', () => {
    assert.equal(hex(key), '0abc000000070123456789ab01');
  });

  it('a log frame around a batch', () => {
    const payload = encodeBatch({
      records: [
        { database: 'titles', key, value: new Uint8Array([1, 2, 3]) },
        { database: 'titles', key, value: undefined },
      ],
      derived: [{ state: 1, payload: new Uint8Array([9]) }],
    });
    assert.equal(
      hex(payload),
      '010201010abc000000070123456789ab010301020301000abc000000070123456789ab0101010109',
    );
    const bytes = new Uint8Array(72);
    writeFrame(bytes, 0, { generation: 5, seq: 300, durableSeq: 299 }, payload, 0x1234_5678);
    assert.equal(hex(bytes), GOLDEN.frame);
    const scratch = new KernelScratch([bytes.length]);
    const [at = 0] = scratch.areas;
    scratch.bytes.set(payload, at + FRAME_HEADER_BYTES);
    scratch.words[at >> 2] = payload.length;
    scratch.kernels.sealHashed(at, 5, 300, 0, 299, 0, 0x1234_5678);
    assert.equal(hex(scratch.bytes.subarray(at, at + bytes.length)), GOLDEN.hashedFrame);
  });

  it('a segment header', () => {
    const header = { storeId: 0x1122_3344_5566_7788n, epoch: 2, generation: 5, firstSeq: 300, unvouched: 7 };
    assert.equal(hex(encodeSegmentHeader(header)), GOLDEN.segmentHeader);
    const before = decodeSegmentHeader(Buffer.from(GOLDEN.segmentHeader1, 'hex'));
    assert.deepEqual(before, { ...header, unvouched: 0 });
  });

  it('a mark of the shards that were made', () => {
    const bytes = encodeShardsMade({ count: 3, made: new Set([toShardId(0), toShardId(2)]) });
    assert.equal(hex(bytes), GOLDEN.shardsMade);
  });

  it('a page', async () => {
    const page = await encodePage('data', new Uint8Array([1, 2, 3, 4, 5]), 'none', 3, 4096);
    assert.equal(hex(page), GOLDEN.page);
  });

  it('a part footer', () => {
    const footer = encodeFooter({
      database: 1,
      keyBytes: 13,
      order: 0,
      partNumber: 3,
      records: 10,
      tombstones: 2,
      content_bytes: 1234,
      data: { offset: 0, size_bytes: 100 },
      map: { offset: 100, size_bytes: 50 },
      topMap: { offset: 150, size_bytes: 40 },
      filter: { offset: 190, size_bytes: 64 },
      filterChunks: 1,
      firstKey: key,
      lastKey: key,
    });
    assert.equal(footer.length, FOOTER_BYTES);
    assert.equal(hex(footer), GOLDEN.footer);
  });

  it('a manifest record', () => {
    const part = { number: 3, size_bytes: 510, records: 10, tombstones: 2, firstKey: key, lastKey: key };
    const record = encodeRecord({
      kind: 'edits',
      generation: 4,
      number: 2,
      edits: [
        { edit: 'addRun', database: 'titles', run: 9, order: 8 },
        { edit: 'addPart', database: 'titles', run: 9, part },
        { edit: 'checkpoint', seq: 300 },
        { edit: 'addDerived', state: 1, file: { path: 'a', size_bytes: 7, note: new Uint8Array([1]) } },
      ],
    });
    assert.equal(hex(record), GOLDEN.manifestRecord);
  });

  it('a manifest record of losses', () => {
    const loss = { order: 8, part: 3, entries: 10, firstKey: key, lastKey: key };
    const record = encodeRecord({
      kind: 'edits',
      generation: 4,
      number: 2,
      edits: [
        { edit: 'lose', database: 'titles', loss },
        { edit: 'lose', database: 'titles', loss: { ...loss, entries: undefined } },
        { edit: 'regain', database: 'titles', part: 3 },
      ],
    });
    assert.equal(hex(record), GOLDEN.lossRecord);
  });

  it('a snapshot’s mark', () => {
    const mark = encodeSnapshotMark({ created_ms: 1_700_000_000_000, seqs: [toSeq(300), toSeq(2)] });
    assert.equal(hex(mark), GOLDEN.snapshotMark);
  });

  it('an outbox record and its mark', () => {
    const source = (0xabc * 2 ** 41 + 0x0123_4567_89a) as DocId;
    const name = { collection: toCollectionId(7), source, version: 300, n: 1 };
    assert.deepEqual(readOutboxKey(outboxKey(name)), name);
    assert.equal(hex(outboxKey(name)), '0abc0000000700123456789a00000000012c000000010001');
    const effects = {
      target: toSlot(9),
      records: [
        { database: 'titles', key, value: new Uint8Array([7]), onlyIfAbsent: true },
        { database: 'titles', key, value: undefined },
      ],
    } as const;
    assert.equal(
      hex(encodeEffects(effects)),
      '0109000201020abc000000070123456789ab01010701000abc000000070123456789ab01',
    );
    assert.equal(hex(encodeMark(name)), '01ac0201');
  });

  it('the number of shards', () => {
    assert.equal(hex(encodeShardCount(3)), GOLDEN.shardCount);
  });
});
