import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assert as hold, bigInt, nat, property, uniqueArray } from 'fast-check';
import { filterHash } from '../text/index.ts';
import { analyse } from './analyse.ts';
import { extractDocument } from './build.ts';
import type { StoredDocument } from './document.ts';
import { fingerprintDistance } from './content-fingerprint.ts';
import { isNearDuplicate, NEAR_BANDS, NEAR_DISTANCE, nearValues } from './near-duplicates.ts';

const LONG = [{ kind: 'text' as const, text: 'x'.repeat(400), level: 0, anchor: '' }];
const words = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `word${((from + i) * 7919) % 5000}`).join(' ');

async function documentOf(body: string, path = 'a'): Promise<StoredDocument> {
  const bytes = Buffer.from(`<title>T</title><main><p>${body}</main>`);
  const url = `https://example.org/${path}`;
  return (await extractDocument({ url, bytes, headers: {}, status: 200, fetchedAt_ms: 0, depth: 0 }))
    .document;
}

const nearFilters = (stored: StoredDocument): bigint[] => {
  const { filterHashes } = analyse(stored).document;
  return nearValues(stored.fingerprint, stored.sections)
    .map((value) => filterHash('near', value))
    .filter((hash) => filterHashes.includes(hash));
};

describe('near-duplicates', () => {
  test('share a band whenever their fingerprints differ in so few bits', () => {
    const bits = uniqueArray(nat({ max: 63 }), { maxLength: NEAR_DISTANCE });
    hold(
      property(bigInt({ min: 0n, max: (1n << 64n) - 1n }), bits, (value, flipped) => {
        const other = flipped.reduce((changed, bit) => changed ^ (1n << BigInt(bit)), value);
        const [a, b] = [value, other].map((each) => each.toString(16).padStart(16, '0')) as [string, string];
        const shared = nearValues(a, LONG).filter((band) => nearValues(b, LONG).includes(band));
        assert.ok(shared.length > 0);
        assert.equal(fingerprintDistance(a, b), flipped.length);
        assert.ok(isNearDuplicate(a, b));
      }),
    );
  });

  test('are found by the filters of the index, others are not', async () => {
    const text = words(0, 600);
    const page = await documentOf(text);
    const copy = await documentOf(`${text} updated`, 'b');
    const other = await documentOf(words(2000, 600), 'c');
    assert.notEqual(page.contentHash, copy.contentHash);
    assert.ok(isNearDuplicate(page.fingerprint, copy.fingerprint));
    const filters = nearFilters(page);
    assert.equal(filters.length, NEAR_BANDS);
    assert.ok(nearFilters(copy).some((hash) => filters.includes(hash)));
    assert.ok(!isNearDuplicate(page.fingerprint, other.fingerprint));
    assert.ok(!nearFilters(other).some((hash) => filters.includes(hash)));
  });

  test('are not looked for among texts that are too short to tell', async () => {
    assert.deepEqual(nearFilters(await documentOf('Not found')), []);
  });
});
