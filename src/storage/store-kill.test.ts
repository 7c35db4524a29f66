import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { ByteReader, toCollectionId, toShardId, toSlot } from '../base/index.ts';
import { openRealDisk } from '../disk/index.ts';
import { KeyWriter, openStore } from './index.ts';

const WRITER = fileURLToPath(new URL('../../testing/store-writer.ts', import.meta.url));
const keyOf = (number: number): Uint8Array =>
  new KeyWriter('links', toSlot(1), toCollectionId(1)).u32(number).finish();

/** Runs a writer until it has acknowledged `enough` writes, kills it, and returns all that it acknowledged. */
async function writeAndKill(directory: string, first: number, enough: number): Promise<number[]> {
  const writer = spawn(process.execPath, [WRITER, directory, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  writer.stdout.setEncoding('utf8');
  writer.stdout.on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > enough) writer.kill('SIGKILL');
  });
  await new Promise((resolve) => writer.on('close', resolve));
  // The last line may be cut.
  return output.split('\n').slice(0, -1).map(Number);
}

describe('A store whose process is killed', () => {
  it('has every acknowledged write, three times over', async (test) => {
    const directory = temporaryDirectory(test);
    const acknowledged: number[] = [];
    for (let round = 0; round < 3; round++) {
      acknowledged.push(...(await writeAndKill(directory, round * 1_000_000, 700 + round * 300)));
      const store = await openStore({
        disk: await openRealDisk(directory),
        directory: 'store',
        shard: toShardId(0),
      });
      assert.deepEqual(store.status().recovery.damage, []);
      const found = new Set<number>();
      for await (const { value } of store.scan({
        database: 'links',
        start: keyOf(0),
        end: keyOf(0xffff_ffff),
      })) {
        found.add(new ByteReader(value).u32());
      }
      assert.deepEqual(
        acknowledged.filter((number) => !found.has(number)),
        [],
      );
      await store.close();
    }
    assert.ok(acknowledged.length >= 3_000);
  });
});
