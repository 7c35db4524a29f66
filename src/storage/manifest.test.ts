import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError, seededRandom, toCollectionId, toShardId, toSlot } from '../base/index.ts';
import { FaultyDisk } from '../disk/index.ts';
import { KeyWriter } from './databases.ts';
import { readManifest } from './manifest-roots.ts';
import { Manifest } from './manifest.ts';
import { editsOfState, type ManifestEdit, type PartEntry } from './manifest-state.ts';

const shard = toShardId(0);
const key = new KeyWriter('links', toSlot(1), toCollectionId(1)).finish();

function open(disk: FaultyDisk): Promise<Manifest> {
  return Manifest.open({ disk, directory: 's', shard, random: seededRandom(1) });
}

async function newDisk(seed = 1): Promise<FaultyDisk> {
  const disk = new FaultyDisk({ seed });
  await disk.makeDirectory('s');
  await disk.syncDirectory('');
  return disk;
}

function partOf(number: number): PartEntry {
  return { number, size_bytes: 100, records: 1, tombstones: 0, firstKey: key, lastKey: key };
}

/** Edits that add a run with one part. */
function addRun(manifest: Manifest): ManifestEdit[] {
  const run = manifest.takeRun();
  return [
    { edit: 'addRun', database: 'links', run, order: run },
    { edit: 'addPart', database: 'links', run, part: partOf(manifest.takeFile()) },
  ];
}

const runNumbers = (manifest: Manifest): number[] =>
  manifest.state.databases.links.runs.map(({ number }) => number);

describe('A manifest', () => {
  it('gives back every adopted edit, whenever the power goes', async () => {
    for (let crashAt = 1; crashAt < 60; crashAt++) {
      const disk = await newDisk(crashAt);
      disk.crashAt(disk.calls + crashAt);
      let adopted = 0;
      let tried = 0;
      try {
        const manifest = await open(disk);
        for (; tried < 12; adopted = tried) {
          tried += 1;
          await manifest.adopt(addRun(manifest));
          // Another life of the process: it begins the other root.
          if (tried % 4 === 0) {
            await manifest.close();
            await open(disk).then((other) => other.close());
            break;
          }
        }
      } catch (error) {
        assert(isPeregrineError(error, 'IO'), String(error));
      }
      const after = await open(disk.crash());
      const found = runNumbers(after).length;
      assert.ok(
        found === adopted || found === tried,
        `crash at ${crashAt}: ${found} of ${adopted} or ${tried}`,
      );
      await after.adopt(addRun(after));
      assert.equal(runNumbers(after).length, found + 1);
      await after.close();
    }
  });

  it('adopts an edit in the other root when the first one fails', async () => {
    const disk = await newDisk();
    const manifest = await open(disk);
    await manifest.adopt(addRun(manifest));
    disk.addFault({ effect: 'lost-sync', operation: 'sync', times: 1 });
    await manifest.adopt(addRun(manifest));
    const after = await open(disk.crash());
    assert.deepEqual(runNumbers(after), [2, 1]);
  });

  it('stays as it was when an edit can be put into neither root, and goes on later', async () => {
    const disk = await newDisk();
    const manifest = await open(disk);
    await manifest.adopt(addRun(manifest));
    disk.addFault({ effect: 'disk-full', operation: 'write', times: 2 });
    await assert.rejects(manifest.adopt(addRun(manifest)), (error) => isPeregrineError(error, 'DISK_FULL'));
    assert.deepEqual(runNumbers(manifest), [1]);
    await manifest.adopt(addRun(manifest));
    assert.deepEqual(runNumbers(manifest), [3, 1]);
    assert.deepEqual(runNumbers(await open(disk.crash())), [3, 1]);
  });

  it('begins the other root when the first has grown, and reads the same from it', async () => {
    const disk = await newDisk();
    const manifest = await open(disk);
    await manifest.adopt(addRun(manifest));
    const note = new Uint8Array(20_000);
    const size = async (name: string): Promise<number> => (await disk.stat(`s/${name}`))?.size_bytes ?? 0;
    let largest = 0;
    for (let i = 0; i < 40; i++) {
      const file = { path: 'derived-1/x', size_bytes: i, note };
      await manifest.adopt([{ edit: 'addDerived', state: 1, file }]);
      largest = Math.max(largest, await size('manifest-a'), await size('manifest-b'));
    }
    assert.ok(largest < 300_000, `${largest} bytes`);
    const after = await open(disk.crash());
    assert.deepEqual(editsOfState(after.state), editsOfState(manifest.state));
    assert.equal(after.state.derived.get(1)?.get('derived-1/x')?.size_bytes, 39);
  });

  it('is damaged, not shorter, when a record in its middle is', async () => {
    const disk = await newDisk();
    const manifest = await open(disk);
    for (let i = 0; i < 5; i++) await manifest.adopt(addRun(manifest));
    await manifest.close();
    const path = 's/manifest-a';
    disk.flipBit(path, Math.floor((await disk.stat(path))!.size_bytes / 2));
    await assert.rejects(
      open(disk),
      (error) => isPeregrineError(error, 'CORRUPT') && error.facts['file'] === path,
    );
  });

  it('does not fall back to an older root when the newer one is damaged', async () => {
    const disk = await newDisk();
    await (await open(disk)).close();
    const manifest = await open(disk);
    for (let i = 0; i < 3; i++) await manifest.adopt(addRun(manifest));
    await manifest.close();
    disk.flipBit('s/manifest-b', 30);
    await assert.rejects(open(disk), (error) => isPeregrineError(error, 'CORRUPT'));
  });

  it('does not take an older root for the whole where the newer one is gone, whichever process wrote it', async () => {
    for (const lives of [2, 3, 5]) {
      const disk = await newDisk();
      for (let life = 0; life < lives; life++) {
        const manifest = await open(disk);
        await manifest.adopt(addRun(manifest));
        await manifest.close();
      }
      const { root } = (await readManifest(disk, 's'))!;
      await disk.remove(root.path);
      await assert.rejects(open(disk), { code: 'CORRUPT' }, `after ${lives} lives`);
    }
  });

  it('opens when the power goes while the other root, long in use before, is written over', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const disk = new FaultyDisk({ seed });
      await disk.makeDirectory('s');
      await disk.syncDirectory('');
      // Few runs first and many at last: the new snapshot reaches into the middle of what the old root held.
      const runsAdded = [[2], Array.from({ length: 40 }, () => 1), [250]];
      for (const adoptions of runsAdded) {
        const manifest = await open(disk);
        for (const count of adoptions) {
          await manifest.adopt(Array.from({ length: count }, () => addRun(manifest)).flat());
        }
        await manifest.close();
      }
      const runs = 292;
      const last = await open(disk);
      disk.crashAt(disk.calls + 4);
      await assert.rejects(last.adopt(addRun(last)));
      const after = await open(disk.crash());
      assert.ok([runs, runs + 1].includes(runNumbers(after).length), `seed ${seed}`);
      await after.close();
    }
  });

  it('is not made anew over data that lost theirs', async () => {
    const disk = await newDisk();
    await disk.makeDirectory('s/parts');
    await (await disk.open('s/parts/0000000001.part', 'create')).close();
    await assert.rejects(open(disk), (error) => isPeregrineError(error, 'CORRUPT'));
  });

  it('refuses the directory of another shard', async () => {
    const disk = await newDisk();
    await (await open(disk)).close();
    const other = Manifest.open({ disk, directory: 's', shard: toShardId(1) });
    await assert.rejects(other, (error) => isPeregrineError(error, 'BAD_ARGUMENT'));
  });
});
