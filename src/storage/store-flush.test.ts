import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { keyOf, openNumbered, valueOf } from '../../testing/numbered-store.ts';
import { type Disk, type DiskFile, MemoryDisk, type OpenMode } from '../disk/index.ts';

const MEMORY_BYTES: number = 64 * 1024;

/** Notes in `events` when a part is begun, which waits for `gate`. */
class WatchedDisk extends MemoryDisk implements Disk {
  readonly events: string[] = [];
  gate: Promise<void> = Promise.resolve();

  override async open(path: string, mode: OpenMode): Promise<DiskFile> {
    if (mode === 'create' && path.includes('/parts/')) {
      this.events.push('flush');
      await this.gate;
    }
    return super.open(path, mode);
  }
}

describe('A flush that a batch has made due', () => {
  it('begins when the writer of the batch was told', async () => {
    const disk = new WatchedDisk();
    const store = await openNumbered(disk, { memory_bytes: MEMORY_BYTES });
    const records = [{ database: 'links', key: keyOf(1), value: valueOf(1, MEMORY_BYTES) }] as const;
    await store.append({ records });
    disk.events.push('told');
    await store.flush();
    assert.deepEqual(disk.events, ['told', 'flush']);
    await store.close();
  });
});

describe('A writer whom full memory makes wait', () => {
  it('waits for the flush under way, not for one of what has come in since', async () => {
    const disk = new WatchedDisk();
    const store = await openNumbered(disk, { memory_bytes: MEMORY_BYTES, logCap_bytes: 16 * MEMORY_BYTES });
    const { promise, resolve } = Promise.withResolvers<void>();
    disk.gate = promise;
    const put = (number: number): Promise<unknown> =>
      store.append({ records: [{ database: 'links', key: keyOf(number), value: valueOf(number, 40_000) }] });
    await put(1);
    while (disk.events.length === 0) await new Promise((next) => setImmediate(next));
    await put(2);
    const third = put(3);
    resolve();
    await third;
    assert.equal(store.status().counters['flushes'], 1);
    await store.close();
  });
});
