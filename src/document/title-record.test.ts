import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { hash64, isPeregrineError, PeregrineError } from '../base/index.ts';
import type { StoredDocument } from './document.ts';
import {
  decodeTitle,
  decodeTitleRecord,
  decodeTitleSummary,
  encodeTitleRecord,
  rawSizeOf,
} from './title-record.ts';

const SAMPLE: StoredDocument = {
  url: 'https://example.org/a',
  canonical: '',
  kind: 'html',
  contentType: 'text/html',
  charset: 'utf-8',
  title: 'A',
  description: '',
  author: 'Ann',
  siteName: '',
  language: 'en',
  published_ms: 0,
  fetchedAt_ms: 1_700_000_000_000,
  status: 200,
  depth: 1,
  ip: '',
  robots: { noindex: false, nofollow: true, nosnippet: false, noarchive: false },
  sections: [
    { kind: 'heading', text: 'A', level: 1, anchor: 'a' },
    { kind: 'menu', text: 'Näher', level: 0, anchor: '', noSnippet: true },
  ],
  links: [{ url: 'https://example.org/b', text: 'B', nofollow: false, inMenu: true }],
  meta: { keywords: 'k' },
  contentHash: '0123456789abcdef',
  fingerprint: 'fedcba9876543210',
  raw: Uint8Array.of(60, 97, 62),
  warnings: ['cut'],
};

/** Version 1 for ever, and what is written where nothing gains by compression: no compressor has a say. */
const GOLDEN = [
  '5054544c01000500',
  '01000000580000005800000000000000',
  '02000000110000001100000000000000',
  '030000001a0000001a00000000000000',
  '04000000110000001100000000000000',
  '05000000030000000300000000000000',
  '1568747470733a2f2f6578616d706c652e6f72672f61000109746578742f68746d6c057574662d3801410003416e6e0002656e000000000000000000008056febc7842c801010002efcdab89674523011032547698badcfe',
  '02010101610141870000064ec3a4686572',
  '01021568747470733a2f2f6578616d706c652e6f72672f620142',
  '01086b6579776f726473016b0103637574',
  '3c613e',
  'ba0c3bb00d063fa5',
].join('');

const LONG_RAW = new TextEncoder().encode('<p>Näher</p>\n'.repeat(80));
/** Version 2 as it was first written. */
const PACKED_GOLDEN = [
  '5054544c0200060001000000580000005800000000000000020002000000000011000000000000000300020000000000',
  '1a000000110000000400020000000000110000002b0000000500020000000000600400003c0000000600010059000000',
  '9c040000000000001568747470733a2f2f6578616d706c652e6f72672f61000109746578742f68746d6c057574662d38',
  '01410003416e6e0002656e000000000000000000008056febc7842c801010002efcdab89674523011032547698badcfe',
  '28b52ffd609c037d0200440402010101610141870000064ec3a468657201021568747470733a2f2f6578616d706c652e',
  '6f72672f62014201086b6579776f726473016b01036375743c703e3c2f703e0a02004fc4fcfa2fa6a00c5dbc9d60f41b',
  'c9',
].join('');

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => value.toString(16).padStart(16, '0'));
const STORED = {
  url: text,
  canonical: text,
  kind: fc.constantFrom('html' as const, 'text' as const, 'pdf' as const, 'unknown' as const),
  contentType: text,
  charset: text,
  title: text,
  description: text,
  author: text,
  siteName: text,
  language: text,
  published_ms: fc.nat(),
  fetchedAt_ms: fc.nat(),
  status: fc.nat(),
  depth: fc.nat(),
  ip: text,
  robots: fc.record(
    { noindex: fc.boolean(), nofollow: fc.boolean(), nosnippet: fc.boolean(), noarchive: fc.boolean() },
    { noNullPrototype: true },
  ),
  sections: fc.array(
    fc.record(
      {
        kind: fc.constantFrom('text' as const, 'code' as const, 'menu' as const),
        text,
        level: fc.nat(6),
        anchor: text,
      },
      { noNullPrototype: true },
    ),
    { maxLength: 6 },
  ),
  links: fc.array(
    fc.record({ url: text, text, nofollow: fc.boolean(), inMenu: fc.boolean() }, { noNullPrototype: true }),
    { maxLength: 6 },
  ),
  meta: fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true }),
  contentHash: hash,
  fingerprint: hash,
  raw: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(2000))),
  warnings: fc.array(text, { maxLength: 3 }),
};
const stored: fc.Arbitrary<StoredDocument> = fc.record(STORED, { noNullPrototype: true });

describe('the title record', () => {
  test('gives back what it was given', () => {
    fc.assert(
      fc.property(stored, (document) => {
        const record = encodeTitleRecord(document);
        assert.deepEqual(decodeTitleRecord(record), document);
        assert.equal(decodeTitle(record), document.title);
      }),
      { numRuns: 60 },
    );
  });

  test('writes the bytes of version 1', () => {
    assert.equal(Buffer.from(encodeTitleRecord(SAMPLE)).toString('hex'), GOLDEN);
  });

  test('reads the bytes of version 2, in which parts are packed together', () => {
    const packed = decodeTitleRecord(Buffer.from(PACKED_GOLDEN, 'hex'));
    assert.deepEqual(packed, { ...SAMPLE, raw: LONG_RAW });
    assert.deepEqual(decodeTitleRecord(encodeTitleRecord(packed)), packed);
  });

  test('keeps the languages of sections', () => {
    const sections = SAMPLE.sections.map((section, i) =>
      i === 1 ? { ...section, language: 'de' } : section,
    );
    const record = encodeTitleRecord({ ...SAMPLE, sections });
    assert.equal(record[4], 2);
    assert.deepEqual(decodeTitleRecord(record), { ...SAMPLE, sections });
  });

  test('gives summary, size and text without the bytes', () => {
    const record = encodeTitleRecord(SAMPLE);
    const { sections, links, meta, raw, warnings, ...summary } = SAMPLE;
    assert.deepEqual(decodeTitleSummary(record), summary);
    assert.equal(rawSizeOf(record), raw.length);
    const light = decodeTitleRecord(record, { raw: false });
    assert.deepEqual(light, { ...summary, sections, links, meta, warnings, raw: new Uint8Array(0) });
  });

  test('compresses, a large page by itself and a small one together with its text', () => {
    const raw = new Uint8Array(100_000).fill(65);
    const record = encodeTitleRecord({ ...SAMPLE, raw });
    assert.ok(record.length < 2000);
    assert.equal(rawSizeOf(record), raw.length);
    assert.deepEqual(decodeTitleRecord(record).raw, raw);
    const large = { ...SAMPLE, raw: new Uint8Array(1_000_000).fill(65) };
    assert.deepEqual(decodeTitleRecord(encodeTitleRecord(large)), large);
  });

  test('says CORRUPT for any flipped byte and any cut', () => {
    const record = encodeTitleRecord(SAMPLE);
    for (let i = 0; i < record.length; i++) {
      const damaged = record.slice();
      damaged[i] = (damaged[i] ?? 0) ^ 0x10;
      assert.throws(() => decodeTitleRecord(damaged), PeregrineError);
      assert.throws(
        () => decodeTitleSummary(record.subarray(0, i)),
        (error) => isPeregrineError(error, 'CORRUPT'),
      );
    }
  });

  test('throws nothing but typed errors, even under a right checksum', () => {
    const record = encodeTitleRecord({ ...SAMPLE, raw: LONG_RAW });
    fc.assert(
      fc.property(fc.nat(record.length - 9), fc.nat(255), (at, value) => {
        const damaged = record.slice();
        damaged[at] = value;
        const end = damaged.length - 8;
        new DataView(damaged.buffer).setBigUint64(end, hash64(damaged.subarray(0, end)), true);
        try {
          decodeTitleRecord(damaged);
        } catch (error) {
          assert.ok(error instanceof PeregrineError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('refuses later versions', () => {
    const record = encodeTitleRecord(SAMPLE);
    record[4] = 3;
    assert.throws(
      () => decodeTitleRecord(record),
      (error) => isPeregrineError(error, 'UNSUPPORTED_VERSION'),
    );
  });
});
