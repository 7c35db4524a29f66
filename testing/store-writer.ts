/** A process that writes into a store until it is killed, and says on its output what was acknowledged. */

import { ByteWriter, toCollectionId, toShardId, toSlot } from '../src/base/index.ts';
import { openRealDisk } from '../src/disk/index.ts';
import { KeyWriter, openStore } from '../src/storage/index.ts';

const [, , directory = '', first = '0'] = process.argv;
const WRITERS = 8;
/** Keys that are written again and again, beside those that are written once. */
const REPEATED_KEYS = 500;

const store = await openStore({
  disk: await openRealDisk(directory),
  directory: 'store',
  shard: toShardId(0),
  memory_bytes: 256 * 1024,
  logCap_bytes: 256 * 1024,
  segment_bytes: 64 * 1024,
  part_bytes: 64 * 1024,
  // Every merge of a few parts on its own thread: it is killed there too.
  mergeThread_bytes: 96 * 1024,
  mergePolicy: { fanout: 3, lowestTier_bytes: 32 * 1024 },
});
let next = Number(first);

async function write(): Promise<void> {
  for (;;) {
    const number = next++;
    const once = new KeyWriter('links', toSlot(1), toCollectionId(1)).u32(number).finish();
    const again = new KeyWriter('sites', toSlot(1), toCollectionId(1)).u32(number % REPEATED_KEYS).finish();
    const value = new ByteWriter()
      .u32(number)
      .raw(new Uint8Array(number % 900))
      .finish();
    await store.append({
      records: [
        { database: 'links', key: once, value },
        { database: 'sites', key: again, value },
      ],
    });
    process.stdout.write(`${number}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, write));
