/** Records of a shard that is on other hosts: read from any mirror that has everything. */

import { type ByteReader, ByteWriter, PeregrineError, type ShardId, toShardId } from '../base/index.ts';
import {
  type BlocksResult,
  type DatabaseName,
  DATABASES,
  type RangeRequest,
  type RangeResult,
  type RecordBlock,
  scanRange,
  type Store,
  type StoredRecord,
} from '../storage/index.ts';
import { readDatabase } from './host-calls.ts';
import { type HostLink, Service, type ServiceAnswer } from './host-link.ts';
import type { ShardRouter } from './shard-router.ts';

const TIMEOUT_MS = 10_000;
/** Of one range, where nothing is said. */
const RANGE_BYTES: number = 256 * 1024;

export class RemoteReads {
  readonly shard: ShardId;
  readonly #link: Pick<HostLink, 'ask'>;
  readonly #router: Pick<ShardRouter, 'askAny'>;

  constructor(shard: ShardId, link: Pick<HostLink, 'ask'>, router: Pick<ShardRouter, 'askAny'>) {
    this.shard = shard;
    this.#link = link;
    this.#router = router;
  }

  async get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    const body = new ByteWriter(64).varint(this.shard).u8(DATABASES[database].number).blob(key).finish();
    const reply = await this.#ask(Service.get, body);
    return reply.u8() === 0 ? undefined : reply.blob().slice();
  }

  async range({
    database,
    start,
    end,
    byteTarget = RANGE_BYTES,
    limit,
    signal,
  }: RangeRequest): Promise<RangeResult> {
    signal?.throwIfAborted();
    const body = new ByteWriter(128)
      .varint(this.shard)
      .u8(DATABASES[database].number)
      .blob(start)
      .blob(end)
      .varint(byteTarget)
      .varint(limit ?? 0);
    const reply = await this.#ask(Service.range, body.finish());
    const resume = reply.blob();
    const records: StoredRecord[] = Array.from({ length: reply.varint() }, () => ({
      key: reply.blob().slice(),
      value: reply.blob().slice(),
    }));
    return { records, resume: resume.length === 0 ? undefined : resume.slice() };
  }

  async blocks(request: RangeRequest): Promise<BlocksResult> {
    const { records, resume } = await this.range(request);
    return {
      blocks: records.length === 0 ? [] : [blockOf(records, DATABASES[request.database].keyBytes)],
      resume,
    };
  }

  scan(request: RangeRequest): AsyncGenerator<StoredRecord> {
    return scanRange((limited) => this.range(limited), request);
  }

  #ask(service: typeof Service.get | typeof Service.range, body: Uint8Array): Promise<ByteReader> {
    return this.#router.askAny(
      this.shard,
      (host, timeout_ms) => this.#link.ask(host, service, body, timeout_ms),
      TIMEOUT_MS,
    );
  }
}

/**
 * The services of a host that holds shards. `readable`: undefined where its mirror is not whole; `onFailure`: told of what
 * a reading failed with.
 */
export function readServices(
  readable: (shard: ShardId) => Store | undefined,
  onFailure: (shard: ShardId, error: unknown) => void,
): {
  readonly [Service.get]: ServiceAnswer;
  readonly [Service.range]: ServiceAnswer;
} {
  const told = async <T>({ shard }: Store, reading: Promise<T>): Promise<T> => {
    try {
      return await reading;
    } catch (error) {
      onFailure(shard, error);
      throw error;
    }
  };
  const storeOf = (body: ByteReader): Store => {
    const shard = toShardId(body.varint());
    const store = readable(shard);
    if (store === undefined)
      throw new PeregrineError('UNAVAILABLE', `This host can't answer for shard ${shard}.`);
    return store;
  };
  return {
    [Service.get]: async (body) => {
      const store = storeOf(body);
      const value = await told(store, store.get(readDatabase(body), body.blob()));
      if (value === undefined) return new Uint8Array([0]);
      return new ByteWriter(value.length + 16).u8(1).blob(value).finish();
    },
    [Service.range]: async (body) => {
      const store = storeOf(body);
      const request = {
        database: readDatabase(body),
        start: body.blob().slice(),
        end: body.blob().slice(),
        byteTarget: body.varint(),
      };
      const limit = body.varint();
      const { records, resume } = await told(
        store,
        store.range(limit === 0 ? request : { ...request, limit }),
      );
      const reply = new ByteWriter(RANGE_BYTES).blob(resume ?? new Uint8Array()).varint(records.length);
      for (const { key, value } of records) reply.blob(key).blob(value);
      return reply.finish();
    },
  };
}

function blockOf(records: readonly StoredRecord[], keyBytes: number): RecordBlock {
  const keys = new Uint8Array(records.length * keyBytes);
  const bytes = new Uint8Array(records.reduce((sum, { value }) => sum + value.length, 0));
  const offsets = new Uint32Array(records.length);
  const lengths = new Uint32Array(records.length);
  let at = 0;
  for (const [i, { key, value }] of records.entries()) {
    keys.set(key, i * keyBytes);
    bytes.set(value, at);
    offsets[i] = at;
    lengths[i] = value.length;
    at += value.length;
  }
  return { keyBytes, count: records.length, keys, bytes, offsets, lengths };
}
