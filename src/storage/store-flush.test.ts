import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { keyOf, openNumbered, valueOf } from '../../testing/numbered-store.ts';
import { type Disk, type DiskFile, MemoryDisk, type OpenMode } from '../disk/index.ts';

const MEMORY_BYTES: number = 64 * 1024;

/** Notes in `events` when a part is begun. */
class WatchedDisk extends MemoryDisk implements Disk {
  readonly events: string[] = [];

  override open(path: string, mode: OpenMode): Promise<DiskFile> {
    if (mode === 'create' && path.includes('/parts/')) this.events.push('flush');
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
