import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { ByteReader, toCollectionId, toShardId, toSlot } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { KeyWriter, openStore, type RangeRequest, type StoredRecord } from '../storage/index.ts';
import { readServices, RemoteReads } from './remote-reads.ts';

const SHARD = toShardId(0);
const COLLECTION = toCollectionId(1);
const keyOf = (n: number): Uint8Array => new KeyWriter('meta', toSlot(0), COLLECTION).u8(9).u32(n).finish();
const ALL: RangeRequest = { database: 'meta', start: keyOf(0), end: keyOf(0xffff_ffff) };

/** Reads of a store on another host, as if its answers came over the network. */
async function remoteReads(t: TestContext, count: number): Promise<RemoteReads> {
  const store = await openStore({ disk: new MemoryDisk(), directory: 'shard', shard: SHARD });
  t.after(() => store.close());
  const records = Array.from({ length: count }, (_, n) => ({
    database: 'meta' as const,
    key: keyOf(n),
    value: new Uint8Array(100).fill(n),
  }));
  await store.append({ records });
  const services = readServices(
    () => store,
    (_shard, error) => assert.fail(String(error)),
  );
  return new RemoteReads(
    SHARD,
    {
      ask: async (_host, service, body) =>
        new ByteReader(await services[service as keyof typeof services](new ByteReader(body))),
    },
    { askAny: (_shard, ask, timeout_ms) => ask('north', timeout_ms) },
  );
}

async function scanned(reads: RemoteReads, request: RangeRequest): Promise<readonly StoredRecord[]> {
  const found: StoredRecord[] = [];
  for await (const record of reads.scan(request)) found.push(record);
  return found;
}

test('a scan of another host goes on, stretch after stretch, to the end of the range', async (t) => {
  const reads = await remoteReads(t, 50);
  const found = await scanned(reads, { ...ALL, byteTarget: 1_000 });
  assert.deepEqual(
    found.map(({ value }) => value[0]),
    Array.from({ length: 50 }, (_, n) => n),
  );
});

test('a scan of another host ends after as many records as were asked for', async (t) => {
  const reads = await remoteReads(t, 50);
  for (const limit of [1, 7, 50, 60]) {
    const found = await scanned(reads, { ...ALL, byteTarget: 1_000, limit });
    assert.equal(found.length, Math.min(50, limit));
  }
});
