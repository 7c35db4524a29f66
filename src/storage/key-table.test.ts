import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { DataPage } from './data-page.ts';
import { DataPageWriter } from './data-page-writer.ts';
import { ABSENT, DELETED, ELSEWHERE, FOUND, FoundValue } from './found-value.ts';
import { DELETED_KEY, KeyTable, NO_KEY } from './key-table.ts';
import { SievePageCache } from './page-cache.ts';
import type { PageValue } from './page-value.ts';
import { WantedKey } from './wanted-key.ts';

/** Of whole words, and not. */
const KEY_WIDTHS = [6, 8] as const;
/** Few bytes of few kinds: keys share much, and of different lengths. */
const keyOf = (width: number): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.integer({ min: 0, max: 2 }), { minLength: width, maxLength: width })
    .map((bytes) => Uint8Array.from(bytes, (byte, i) => (i === width - 1 ? byte * 2 + 1 : byte)));
const value: fc.Arbitrary<PageValue> = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => ({ kind: 'inline' as const, bytes })),
  fc.constant({ kind: 'tombstone' as const }),
);
const stored: fc.Arbitrary<PageValue> = fc
  .nat(1e9)
  .map((offset) => ({ kind: 'stored' as const, offset, size_bytes: 9_000, value_bytes: 8_000 }));

const textOf = ([k]: readonly [Uint8Array, PageValue]): string => k.join();

async function pageOf(
  entries: readonly (readonly [Uint8Array, PageValue])[],
  cache: SievePageCache,
): Promise<(key: Uint8Array, found: FoundValue) => number> {
  const keyBytes = entries[0]?.[0].length ?? 0;
  const writer = new DataPageWriter(keyBytes);
  for (const [k, v] of entries.toSorted(([a], [b]) => Buffer.compare(a, b))) writer.add(k, v);
  const file = cache.forFile();
  await file.read(0, async () => writer.finish().slice());
  const held = file.peek(0);
  assert.ok(held !== undefined);
  const page = new DataPage(held.bytes, keyBytes);
  const wanted = new WantedKey();
  return (k, found) => {
    wanted.set(k);
    return page.look(wanted, held, found);
  };
}

describe('A page that is asked again and again', () => {
  it('answers as at first, for keys that it holds and for others, from then on out of a table', async () => {
    const pages = fc.tuple(fc.constantFrom(...KEY_WIDTHS), fc.boolean()).chain(([width, hasStored]) => {
      const entry = fc.tuple(keyOf(width), hasStored ? fc.oneof(value, stored) : value);
      const entries = fc.uniqueArray(entry, { selector: textOf, minLength: 1, maxLength: 100, size: 'max' });
      return fc.tuple(entries, fc.array(keyOf(width), { maxLength: 30 }));
    });
    await fc.assert(
      fc.asyncProperty(pages, async ([chosen, others]) => {
        const cache = new SievePageCache();
        const look = await pageOf(chosen, cache);
        const before_bytes = cache.size_bytes;
        const found = new FoundValue();
        const known = new Map(chosen.map(([k, v]) => [k.join(), v]));
        for (let turn = 0; turn < 12; turn++) {
          for (const k of [...chosen.map(([chosenKey]) => chosenKey), ...others]) {
            const outcome = look(k, found);
            const held = known.get(k.join());
            if (held === undefined) assert.equal(outcome, ABSENT);
            else if (held.kind === 'tombstone') assert.equal(outcome, DELETED);
            else if (held.kind === 'inline') assert.deepEqual([outcome, found.copy()], [FOUND, held.bytes]);
            else assert.deepEqual([outcome, { kind: 'stored', ...found.stored }], [ELSEWHERE, held]);
          }
        }
        assert.ok(cache.size_bytes > before_bytes, 'the table counts');
      }),
      { numRuns: 25 },
    );
  });

  it('has the keys of a block lent that a scan has kept', () => {
    const keyBytes = 8;
    const writer = new DataPageWriter(keyBytes);
    const keys = Array.from({ length: 60 }, (_, i) => Uint8Array.of(0, i >> 4, i, 0, 0, 3, i, 1));
    keys.forEach((k, i) => {
      writer.add(k, i % 5 === 0 ? { kind: 'tombstone' } : { kind: 'inline', bytes: Uint8Array.of(i) });
    });
    const bytes = writer.finish().slice();
    const page = new DataPage(bytes, keyBytes);
    const end = bytes.length - 8 - 4 * Math.ceil(keys.length / 16);
    const block = page.block();
    const own_bytes = KeyTable.sizeFor(end, keys.length, keyBytes) ?? 0;
    assert.equal(KeyTable.sizeFor(end, keys.length, keyBytes, block), own_bytes - 60 * keyBytes);
    const own = KeyTable.of(bytes, end, keys.length, keyBytes);
    const lent = KeyTable.of(bytes, end, keys.length, keyBytes, block);
    assert.ok(own !== undefined && lent !== undefined);
    const wanted = new WantedKey();
    keys.forEach((k, i) => {
      wanted.set(k);
      const at = own.find(wanted);
      assert.equal(lent.find(wanted), at);
      assert.equal(at === DELETED_KEY, i % 5 === 0);
      wanted.set(Uint8Array.from(k, (byte, place) => (place === 5 ? 5 : byte)));
      assert.equal(lent.find(wanted), NO_KEY);
    });
  });

  it('makes no table where the cache has no room for it', async () => {
    const entries = Array.from(
      { length: 100 },
      (_, i) => [Uint8Array.of(i, 0, 0, 0, 0, 1), { kind: 'inline', bytes: Uint8Array.of(i) }] as const,
    );
    // Room for this page and, of a tenth, for nothing more.
    const cache = new SievePageCache(16 * 1024);
    const look = await pageOf(entries, cache);
    await cache.forFile().read(0, async () => new Uint8Array(1024));
    for (let i = 0; i < 5; i++) await cache.forFile().read(0, async () => new Uint8Array(1024));
    const before_bytes = cache.size_bytes;
    const found = new FoundValue();
    for (let i = 0; i < 3_000; i++) assert.equal(look(entries[i % 100]![0], found), FOUND);
    assert.equal(cache.size_bytes, before_bytes);
  });
});
