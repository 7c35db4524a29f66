/** One flipped bit at one byte of the last log segment of a store that was killed: what may be lost, and what must be told. */

import assert from 'node:assert/strict';

import { toShardId } from '../src/base/index.ts';
import { FaultyDisk } from '../src/disk/index.ts';
import { type MaintainedStore, openStore } from '../src/storage/index.ts';
import { markerOf, markerRange } from './life-model.ts';
import { smallKey, smallValue } from './tended-store.ts';

/** How a day's batches come: each once the one before is acknowledged, or many at a time. */
export const LOG_DAYS = ['one by one', 'together'] as const;
export type LogDay = (typeof LOG_DAYS)[number];

const BATCHES = 25;
/** Of those that come together. The last one comes alone: it vouches for the others. */
const TOGETHER = 8;
const SEGMENT_BYTES: Readonly<Record<LogDay, number>> = { 'one by one': 8 * 1024, together: 16 * 1024 };
const SEED = 3;

interface KilledStore {
  readonly disk: FaultyDisk;
  /** Of the last segment. */
  readonly path: string;
}

const killed = new Map<LogDay, Promise<KilledStore>>();

/** A store that was killed with {@link BATCHES} batches in its log: a copy of its own for each who asks. */
async function killedStore(day: LogDay): Promise<KilledStore> {
  const known = killed.get(day) ?? killStore(day);
  killed.set(day, known);
  const { disk, path } = await known;
  return { disk: disk.crash(), path };
}

function valueOf(day: LogDay, id: number): Uint8Array {
  return smallValue(id, (day === 'together' ? 180 : 0) + ((id * 37) % 190));
}

async function killStore(day: LogDay): Promise<KilledStore> {
  const disk = new FaultyDisk({ seed: SEED });
  const store = await open(disk, day);
  let written: Promise<unknown>[] = [];
  for (let id = 1; id <= BATCHES; id++) {
    const record = { database: 'links', key: smallKey(id), value: valueOf(day, id) } as const;
    written.push(store.append({ records: [markerOf(id), record] }));
    if (day === 'together' && id % TOGETHER > 0 && id < BATCHES) continue;
    await Promise.all(written);
    written = [];
  }
  const survivor = disk.crash();
  const names = await survivor.list('store/log');
  return { disk: survivor, path: `store/log/${names.at(-1) ?? ''}` };
}

function open(disk: FaultyDisk, day: LogDay): Promise<MaintainedStore> {
  return openStore({
    disk,
    directory: 'store',
    shard: toShardId(0),
    segment_bytes: SEGMENT_BYTES[day],
    logCap_bytes: 1024 * 1024,
  });
}

/** Bytes of the last segment. */
export async function segmentBytesOf(day: LogDay): Promise<number> {
  const { disk, path } = await killedStore(day);
  return (await disk.stat(path))?.size_bytes ?? 0;
}

/** Flips one bit of the byte at `offset`. Throws unless at most one batch is lost, and that one told. */
export async function mayBeLost(day: LogDay, offset: number): Promise<void> {
  const { disk, path } = await killedStore(day);
  await flipBit(disk, path, offset);
  const store = await open(disk, day);
  const { damage, tornTail_bytes } = store.status().recovery;
  const found = new Set<string>();
  for await (const { key } of store.scan({ database: 'meta', ...markerRange() }))
    found.add(Buffer.from(key).toString('hex'));
  const lost: number[] = [];
  for (let id = 1; id <= BATCHES; id++) {
    const isThere = found.has(Buffer.from(markerOf(id).key).toString('hex'));
    const value = await store.get('links', smallKey(id));
    assert.equal(value !== undefined, isThere, `batch ${id} is whole or not there`);
    if (value !== undefined) assert.deepEqual(Buffer.from(value), Buffer.from(valueOf(day, id)));
    if (!isThere) lost.push(id);
  }
  assert.ok(lost.length <= 1, `byte ${offset}: ${lost.length} batches are lost`);
  const [batch] = lost;
  if (batch !== undefined) {
    const isDamage = damage.some(({ firstSeq, lastSeq }) => firstSeq <= batch && batch <= lastSeq);
    // The very last write has no later one that vouches for it: its bytes are told as torn.
    const isTold = isDamage || (batch === BATCHES && tornTail_bytes > 0);
    assert.ok(isTold, `byte ${offset}: batch ${batch} is lost in silence`);
  }
  await store.append({ records: [markerOf(BATCHES + 1)] });
  await store.close();
  const again = await open(disk, day);
  assert.ok((await again.get('meta', markerOf(BATCHES + 1).key)) !== undefined, 'it goes on');
  await again.close();
}

/** Another bit from byte to byte, the same one each time. */
async function flipBit(disk: FaultyDisk, path: string, offset: number): Promise<void> {
  const file = await disk.open(path, 'write');
  const byte = new Uint8Array(1);
  await file.read(byte, offset);
  await file.write(
    byte.map((bits) => bits ^ (1 << (offset % 8))),
    offset,
  );
  await file.sync();
  await file.close();
}
