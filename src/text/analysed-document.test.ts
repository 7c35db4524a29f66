import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { hash64, isPeregrineError, PeregrineError } from '../base/index.ts';
import { decodeAnalysedDocument } from './analysed-document-reader.ts';
import { encodeAnalysedDocument } from './analysed-document-writer.ts';
import { type AnalysedDocument, MAX_POSITIONS } from './analysed-document.ts';

/** Three terms in a title and a body; the bytes of version 1 for ever. */
const SAMPLE: AnalysedDocument = {
  termHashes: BigUint64Array.of(1n, 0x0102_0304_0506_0708n, 0xffff_ffff_ffff_fffen),
  positionStarts: Uint32Array.of(0, 2, 3, 6),
  positions: Uint32Array.of(0, 18, 1, 17, 18, 400),
  zoneStarts: Uint32Array.of(0, 17),
  zoneGroups: Uint8Array.of(1, 0),
  fieldLengths: Uint32Array.of(384, 2, 0, 0, 0, 0, 0, 0, 0),
  filterHashes: BigUint64Array.of(7n),
  columns: {
    siteHash: 0xdeadbeef,
    contentHash: 0xcafe,
    date_min: 28_000_000,
    language: 3,
    rank: 128,
    depth: 2,
  },
};

const GOLDEN =
  '5041444301000600' +
  '0100000018000000' +
  '01000000000000000807060504030201feffffffffffffff' +
  '020000000a000000' +
  '0200110101031100fd02' +
  '0300000004000000' +
  '00011000' +
  '040000000a000000' +
  '80030200000000000000' +
  '0500000008000000' +
  '0700000000000000' +
  '0600000010000000' +
  'efbeaddefeca0000003fab0103008002';

const COLUMNS = {
  siteHash: fc.nat(0xffff_ffff),
  contentHash: fc.nat(0xffff_ffff),
  date_min: fc.nat(0xffff_ffff),
  language: fc.nat(0xffff),
  rank: fc.nat(255),
  depth: fc.nat(255),
};

const analysed: fc.Arbitrary<AnalysedDocument> = fc
  .record({
    terms: fc.uniqueArray(
      fc.tuple(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.uniqueArray(fc.nat(MAX_POSITIONS - 1), { minLength: 1, maxLength: 8 }),
      ),
      { selector: ([hash]) => hash, maxLength: 12 },
    ),
    zones: fc.uniqueArray(fc.integer({ min: 1, max: MAX_POSITIONS - 1 }), { maxLength: 6 }),
    group: fc.nat(8),
    lengths: fc.array(fc.nat(MAX_POSITIONS), { minLength: 9, maxLength: 16 }),
    filters: fc.uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 8 }),
    columns: fc.record(COLUMNS, { noNullPrototype: true }),
  })
  .map(({ terms, zones, group, lengths, filters, columns }) => {
    const sorted = terms.toSorted(([a], [b]) => (a < b ? -1 : 1));
    const starts = [0];
    for (const [, list] of sorted) starts.push((starts.at(-1) ?? 0) + list.length);
    const zoneStarts = Uint32Array.from([0, ...zones]).sort();
    return {
      termHashes: BigUint64Array.from(sorted.map(([hash]) => hash)),
      positionStarts: Uint32Array.from(starts),
      positions: Uint32Array.from(sorted.flatMap(([, list]) => list.toSorted((a, b) => a - b))),
      zoneStarts,
      zoneGroups: new Uint8Array(zoneStarts.length).fill(group),
      fieldLengths: Uint32Array.from(lengths),
      filterHashes: BigUint64Array.from(filters).sort(),
      columns,
    };
  });

describe('the analysed document codec', () => {
  test('gives back what it was given', () => {
    fc.assert(
      fc.property(analysed, (document) => {
        assert.deepEqual(decodeAnalysedDocument(encodeAnalysedDocument(document)), document);
      }),
      { numRuns: 100 },
    );
  });

  test('reads from a Buffer at an odd address, and keeps no hold of it', () => {
    const bytes = encodeAnalysedDocument(SAMPLE);
    const buffer = Buffer.alloc(bytes.length + 3);
    buffer.set(bytes, 3);
    const document = decodeAnalysedDocument(buffer.subarray(3));
    buffer.fill(0);
    assert.deepEqual(document, SAMPLE);
  });

  test('writes the bytes of version 1', () => {
    const hex = Buffer.from(encodeAnalysedDocument(SAMPLE)).toString('hex');
    assert.equal(hex.slice(0, -16), GOLDEN);
    const checksum = Buffer.from(GOLDEN, 'hex');
    assert.equal(Buffer.from(hex.slice(-16), 'hex').readBigUInt64LE(), hash64(checksum));
  });

  test('says CORRUPT for any flipped byte and any cut', () => {
    const bytes = encodeAnalysedDocument(SAMPLE);
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i] = (damaged[i] ?? 0) ^ 0x41;
      assert.throws(() => decodeAnalysedDocument(damaged), PeregrineError);
      assert.throws(
        () => decodeAnalysedDocument(bytes.subarray(0, i)),
        (error) => isPeregrineError(error, 'CORRUPT'),
      );
    }
  });

  test('never lets a damaged document past, even under a right checksum', () => {
    fc.assert(
      fc.property(
        analysed,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (d, edits) => {
          const bytes = encodeAnalysedDocument(d);
          for (const [at, value] of edits) bytes[at % (bytes.length - 8)] = value;
          seal(bytes);
          let document: AnalysedDocument;
          try {
            document = decodeAnalysedDocument(bytes);
          } catch (error) {
            assert.ok(error instanceof PeregrineError, String(error));
            return;
          }
          // What is let past is in order, so it can be written again.
          encodeAnalysedDocument(document);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('skips sections of later days and refuses later versions', () => {
    const bytes = encodeAnalysedDocument(SAMPLE);
    const extra = Uint8Array.of(99, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3);
    const extended = new Uint8Array(bytes.length + extra.length);
    extended.set(bytes.subarray(0, -8));
    extended.set(extra, bytes.length - 8);
    extended[6] = 7;
    seal(extended);
    assert.deepEqual(decodeAnalysedDocument(extended), SAMPLE);
    bytes[4] = 2;
    assert.throws(
      () => decodeAnalysedDocument(bytes),
      (error) => isPeregrineError(error, 'UNSUPPORTED_VERSION'),
    );
  });
});

function seal(bytes: Uint8Array): void {
  const end = bytes.length - 8;
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(end, hash64(bytes.subarray(0, end)), true);
}
