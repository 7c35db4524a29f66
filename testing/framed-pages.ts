/** Pages that a kernel has framed, checked as a reader of their file checks them. */

import assert from 'node:assert/strict';

import { DataPage, type PageEntry } from '../src/storage/data-page.ts';
import { decodePage } from '../src/storage/page.ts';
import type { FramedPages, SinkAim } from '../src/storage/page-sink.ts';
import { PageMap } from '../src/storage/part-format.ts';

const FILE = { path: 'pages', read: (): Promise<number> => Promise.reject(new Error('nothing is read')) };

/** Behind so many bytes, nearly, the higher half of offsets begins. */
export const BEFORE_HIGH_HALF: number = 2 ** 32 - 4096;

/** The content of each page and its entries. Fails where the map, a checksum or a count does not fit. */
export function contentsOf(
  { bytes, map, entries, tombstones, values_bytes, lastKey }: FramedPages,
  { partNumber, offset: begin }: Pick<SinkAim, 'partNumber' | 'offset'>,
): { readonly content: Uint8Array; readonly entries: readonly PageEntry[] }[] {
  const keyBytes = lastKey.length;
  const places = new PageMap(map, keyBytes);
  const contents = Array.from({ length: places.count }, (_, i) => {
    const { offset, size_bytes } = places.place(i);
    const page = bytes.slice(offset - begin, offset - begin + size_bytes);
    const content = decodePage(page, { offset, size_bytes }, { file: FILE, partNumber, kind: 'data' });
    assert.ok(!(content instanceof Promise), 'kernels do not compress');
    const found = [...new DataPage(content, keyBytes).entries()];
    assert.deepEqual(places.firstKey(i), found[0]?.key);
    return { content, entries: found };
  });
  const all = contents.flatMap(({ entries: some }) => some);
  assert.deepEqual(lastKey, all.at(-1)?.key);
  assert.equal(all.length, entries);
  assert.equal(all.filter(({ value }) => value.kind === 'tombstone').length, tombstones);
  const inline_bytes = all.map(({ value }) => (value.kind === 'inline' ? value.bytes.length : 0));
  assert.equal(
    inline_bytes.reduce((sum, some) => sum + some, 0),
    values_bytes,
  );
  const sizes = Array.from({ length: places.count }, (_, i) => places.sizeOf(i));
  assert.equal(
    sizes.reduce((sum, some) => sum + some, 0),
    bytes.length,
  );
  return contents;
}
