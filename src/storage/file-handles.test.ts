import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError } from '../base/index.ts';
import { type DiskFile, MemoryDisk } from '../disk/index.ts';
import { FileHandles } from './file-handles.ts';

describe('File handles', () => {
  it('stay within their bound, and every file stays readable', async () => {
    const disk = new MemoryDisk();
    const handles = new FileHandles(3);
    let opened = 0;
    const files = [];
    for (let i = 0; i < 8; i++) {
      const file = await disk.open(`${i}`, 'create');
      await file.write(Uint8Array.of(i), 0);
      await file.close();
      const open = (): Promise<DiskFile> => {
        opened += 1;
        return disk.open(`${i}`, 'read');
      };
      files.push(handles.forFile(`${i}`, open));
    }
    assert.equal(opened, 0);
    const into = new Uint8Array(1);
    for (let round = 0; round < 2; round++) {
      for (const [i, file] of files.entries()) {
        await file.read(into, 0);
        assert.equal(into[0], i);
        assert.ok(handles.count <= 3);
      }
    }
    assert.equal(opened, 16);
    await files[7]!.read(into, 0);
    assert.equal(opened, 16, 'the last one read is still open');
    await Promise.all(files.map((file) => file.read(new Uint8Array(1), 0)));
    assert.equal(handles.count, 3);
    for (const file of files) await file.close();
    assert.equal(handles.count, 0);
    await assert.rejects(files[0]!.read(into, 0), (error) => isPeregrineError(error, 'CLOSED'));
  });
});
