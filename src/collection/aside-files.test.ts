import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultyDisk, MemoryDisk } from '../disk/index.ts';
import { AsideFiles, removeFilesAside } from './aside-files.ts';

describe('Files beside the shards', () => {
  it('are gone when the work ends, and after a process that was killed', async () => {
    const disk = new MemoryDisk();
    await removeFilesAside(disk);
    const aside = new AsideFiles(disk, 'links-1');
    const other = new AsideFiles(disk, 'links-2');
    await aside.open('pages');
    await aside.open('hosts');
    await other.open('pages');
    await aside.close();
    assert.deepEqual(await disk.list('work-aside'), ['links-2-pages']);
    await removeFilesAside(disk);
    assert.deepEqual(await disk.list('work-aside'), []);
  });

  it('that the disk refused to remove stand in the way of no other one, nor of the next work', async () => {
    const disk = new FaultyDisk();
    const aside = new AsideFiles(disk, 'links-1');
    await aside.open('pages');
    await aside.open('hosts');
    disk.addFault({ effect: 'io-error', operation: 'remove', times: 1 });
    await assert.rejects(aside.close(), { code: 'IO' });
    assert.equal((await disk.list('work-aside')).length, 1);
    await aside.open('pages');
    await aside.open('hosts');
    await aside.close();
    assert.deepEqual(await disk.list('work-aside'), []);
  });
});
