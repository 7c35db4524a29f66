import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HastyClock } from '../../testing/hasty-clock.ts';
import {
  type Clock,
  isPeregrineError,
  type LogSink,
  ManualClock,
  PeregrineError,
  seededRandom,
  toCollectionId,
  toShardId,
  toSlot,
} from '../base/index.ts';
import { FaultyDisk } from '../disk/index.ts';
import { KeyWriter, SievePageCache, openStore, type RangeRequest, type Store } from './index.ts';
import { MAX_PAGE_BYTES, readPage } from './page.ts';
import { type RetriedRead, RetryingReads } from './retrying-reads.ts';

interface Event {
  readonly level: string;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>> | undefined;
}

function noted(): { log: LogSink; events: Event[] } {
  const events: Event[] = [];
  const log: LogSink = { write: (level, event, facts) => void events.push({ level, event, facts }) };
  return { log, events };
}

function reading(clock: Clock = new HastyClock()): { reads: RetryingReads; events: Event[] } {
  const { log, events } = noted();
  return { reads: new RetryingReads({ clock, random: seededRandom(1), log }), events };
}

const errorOf = (system_code: string, fact = 0): PeregrineError =>
  new PeregrineError('IO', `no ${system_code}`, { system_code, fact });

/** A read that fails so often, then gives how often it was called. */
function failing(times: number, system_code = 'EIO'): () => Promise<number> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw errorOf(system_code, calls);
    return calls;
  };
}

const BACKGROUND: RetriedRead = { file: 'a.part', priority: 'background' };

const codeIs =
  (code: string) =>
  (error: unknown): boolean =>
    isPeregrineError(error) && error.code === code;

const keyOf = (number: number): Uint8Array =>
  new KeyWriter('links', toSlot(3), toCollectionId(1)).u32(number).finish();
const ALL: RangeRequest = { database: 'links', start: keyOf(0), end: keyOf(0xffff_ffff) };

/** A store whose records lie in one part for each of `runs`. */
async function storeOnDisk(runs = 1): Promise<{ disk: FaultyDisk; store: Store; pageCache: SievePageCache }> {
  const disk = new FaultyDisk();
  const pageCache = new SievePageCache();
  const options = { disk, directory: 'store', shard: toShardId(0), mergesItself: false, pageCache };
  const store = await openStore({ ...options, clock: new HastyClock() });
  for (let run = 0; run < runs; run++) {
    const records = Array.from({ length: 30 }, (_, i) => {
      return { database: 'links', key: keyOf(i * 10 + run), value: new Uint8Array(100).fill(run) } as const;
    });
    await store.append({ records });
    await store.flush();
  }
  return { disk, store, pageCache };
}

const PART_READS = { effect: 'io-error', operation: 'read', path: /\.part$/ } as const;

describe('Reads that are tried again', () => {
  it('DS2 fail with the last error of the disk itself', async () => {
    const { reads } = reading();
    const failed = reads.withRetries(failing(9), BACKGROUND);
    await assert.rejects(failed, (error: PeregrineError) => error.facts['fact'] === 6);
  });

  it('DS8 count what the disk could not read, for whomever', async () => {
    const { reads } = reading();
    await reads.withRetries(failing(2), BACKGROUND);
    await assert.rejects(reads.withRetries(failing(1), { file: 'a.part' }));
    assert.deepEqual(reads.counters, { readErrors: 3, readRetries: 2, readsRecovered: 1 });
  });

  it('DS18 write a line for each retry, of what is short at most one in five seconds', async () => {
    const loud = reading();
    await loud.reads.withRetries(failing(4), BACKGROUND);
    assert.equal(loud.events.filter(({ event }) => event === 'storage.read-retried').length, 4);
    // Twelve waits of 10, 400, 600 … 2,400 ms: about fifteen seconds.
    const quiet = reading();
    await quiet.reads.withRetries(failing(12, 'EMFILE'), BACKGROUND);
    const lines = quiet.events.filter(({ event }) => event === 'storage.read-retried').length;
    assert.ok(lines >= 2 && lines <= 4, `${lines} lines`);
  });

  it('DS19 tell a person at the hundredth retry, once', async () => {
    const { reads, events } = reading();
    await reads.withRetries(failing(250, 'EMFILE'), BACKGROUND);
    const told = events.filter(({ event }) => event === 'storage.read-keeps-failing');
    assert.deepEqual([told.length, told[0]?.level, told[0]?.facts?.['retry']], [1, 'error', 100]);
  });

  it('DS20 begin each try afresh', async () => {
    assert.equal(await reading().reads.withRetries(failing(3), BACKGROUND), 4);
  });

  it('DS22 let all else go on while they wait, then read the whole page again', async () => {
    const clock = new ManualClock();
    const { reads } = reading(clock);
    let result: number | undefined;
    const waiting = reads.withRetries(failing(1), BACKGROUND).then((value) => (result = value));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(result, undefined);
    await clock.advance(10);
    await waiting;
    assert.equal(result, 2);
  });

  it('DS23 end with CANCELLED where the wait is called off', async () => {
    const { reads } = reading(new ManualClock());
    const stop = new AbortController();
    const waiting = reads.withRetries(failing(9), { ...BACKGROUND, signal: stop.signal });
    setImmediate(() => stop.abort());
    await assert.rejects(waiting, codeIs('CANCELLED'));
  });

  it('DS13 end with their error where the store closes meanwhile', async () => {
    const { reads } = reading(new ManualClock());
    const waiting = reads.withRetries(failing(9, 'EMFILE'), BACKGROUND);
    setImmediate(() => reads.close());
    await assert.rejects(waiting, codeIs('IO'));
  });

  it('DS24 say how often they were tried when they are given up', async () => {
    const { reads, events } = reading();
    await assert.rejects(reads.withRetries(failing(9), BACKGROUND));
    const { event, facts } = events.at(-1)!;
    assert.deepEqual([event, facts?.['retries'], facts?.['file']], ['storage.read-failed', 5, 'a.part']);
  });

  it('DS25 say when they succeed after all', async () => {
    const { reads, events } = reading();
    await reads.withRetries(failing(0), BACKGROUND);
    assert.equal(events.length, 0);
    await reads.withRetries(failing(2), BACKGROUND);
    assert.deepEqual(events.at(-1), {
      level: 'info',
      event: 'storage.read-recovered',
      facts: { file: 'a.part', retries: 2 },
    });
  });
});

describe('Reads of a store on a disk that fails', () => {
  it('DS9 fail at once for who waits, and succeed for background work that the disk comes back to', async () => {
    const { disk, store } = await storeOnDisk();
    disk.addFault({ ...PART_READS, times: 3 });
    await assert.rejects(store.get('links', keyOf(0)), codeIs('IO'));
    assert.equal((await store.range({ ...ALL, priority: 'background' })).records.length, 30);
    assert.equal(store.status().counters['readsRecovered'], 1);
    await store.close();
  });

  it('DS11 call a page damaged that six background reads could not get', async () => {
    const { disk, store } = await storeOnDisk();
    disk.addFault(PART_READS);
    const range = store.range({ ...ALL, priority: 'background' });
    await assert.rejects(range, codeIs('CORRUPT'));
    assert.equal(store.status().counters['readErrors'], 6);
    await store.close();
  });

  it('DS12 refuse a page that says it is larger than 500,000,000 bytes, without reading it', async () => {
    const disk = new FaultyDisk();
    const file = await disk.open('a.part', 'create');
    const calls = disk.calls;
    const place = { offset: 0, size_bytes: MAX_PAGE_BYTES + 1 };
    const read = readPage(place, { file, partNumber: 1, kind: 'value' });
    await assert.rejects(read, codeIs('CORRUPT'));
    assert.deepEqual([MAX_PAGE_BYTES, disk.calls], [500_000_000, calls]);
    await file.close();
  });

  it('DS15 check every page, and read a damaged one once', async () => {
    const { disk, store } = await storeOnDisk();
    disk.addFault({ effect: 'bit-flip', operation: 'read', path: /\.part$/, range: [0, 200] });
    await assert.rejects(store.range({ ...ALL, priority: 'background' }), codeIs('CORRUPT'));
    assert.equal(store.status().counters['readRetries'], 0);
    await store.close();
  });

  it('DS26 count keys and values of what they give towards the byte target', async () => {
    const { store } = await storeOnDisk(3);
    const { records } = await store.range({ ...ALL, byteTarget: 10 * (keyOf(0).length + 100) });
    assert.equal(records.length, 10);
    await store.close();
  });

  it('DS28 hold to the byte target over one run and over several', async () => {
    for (const runs of [1, 4]) {
      const { store } = await storeOnDisk(runs);
      const { records, resume } = await store.range({ ...ALL, byteTarget: 1 });
      assert.deepEqual([records.length, resume === undefined], [1, false], `${runs} runs`);
      await store.close();
    }
  });

  it('DS29 name the file that is missing', async () => {
    const { disk, store } = await storeOnDisk();
    const [name] = await disk.list('store/parts');
    await disk.remove(`store/parts/${name}`);
    const named = (error: unknown): boolean =>
      isPeregrineError(error, 'CORRUPT') && error.facts['file'] === `store/parts/${name}`;
    await assert.rejects(store.get('links', keyOf(0)), named);
    await store.close();
  });

  it('DS30 leave the page cache alone where a merge walks by', async () => {
    const { store, pageCache } = await storeOnDisk(2);
    await store.merge({ force: true });
    const { hits, misses } = pageCache;
    // Each source's map page, and no page of data.
    assert.deepEqual({ hits, misses }, { hits: 0, misses: 2 });
    await store.close();
  });

  it('DS32 keep in the cache what was read and checked, and nothing else; what the background reads is used once', async () => {
    const { disk, store, pageCache } = await storeOnDisk();
    disk.addFault({ ...PART_READS, times: 2 });
    await assert.rejects(store.range(ALL), codeIs('IO'));
    assert.equal(pageCache.size_bytes, 0);
    assert.equal((await store.range({ ...ALL, priority: 'background' })).records.length, 30);
    const before_bytes = pageCache.size_bytes;
    await store.range(ALL);
    assert.ok(pageCache.size_bytes > before_bytes);
    disk.addFault(PART_READS);
    assert.equal((await store.range(ALL)).records.length, 30);
    await store.close();
  });

  it('DS33 give nothing outside the range', async () => {
    const { store } = await storeOnDisk(2);
    const { records } = await store.range({ ...ALL, start: keyOf(11), end: keyOf(40) });
    const inside = [11, 20, 21, 30, 31, 40].map((number) => Buffer.from(keyOf(number)).toString('hex'));
    assert.deepEqual(
      records.map(({ key }) => Buffer.from(key).toString('hex')),
      inside,
    );
    await store.close();
  });

  it('DS34 say of a damaged page its file and place; other files are read on', async () => {
    const { disk, store } = await storeOnDisk();
    await store.append({ records: [{ database: 'sites', key: siteKey(), value: new Uint8Array(3) }] });
    await store.flush();
    const [name] = await disk.list('store/parts');
    disk.flipBit(`store/parts/${name}`, 30);
    const error = await store.range(ALL).catch((caught: PeregrineError) => caught);
    assert(isPeregrineError(error, 'CORRUPT'));
    assert.deepEqual([error.facts['offset'], error.facts['page_kind']], [0, 'data']);
    assert.equal((await store.get('sites', siteKey()))?.length, 3);
    await store.close();
  });

  it('DS35 are timed, a line in the log for each, where events of so little weight are looked at', async () => {
    for (const isDebugging of [true, false]) {
      const { disk, store } = await storeOnDisk(2);
      await store.close();
      const { events, log } = noted();
      const options = { disk, directory: 'store', shard: toShardId(0), log: { ...log, isDebugging } };
      const again = await openStore({ ...options, clock: new HastyClock() });
      await again.range(ALL);
      await again.blocks({ ...ALL, priority: 'background', limit: 7 });
      const lines = events.filter(({ event }) => event === 'storage.range-read').map(({ facts }) => facts);
      const expected = [
        { priority: 'interactive', records: 60, size_bytes: 60 * 132, isLast: true },
        { priority: 'background', records: 7, size_bytes: 7 * 132, isLast: false },
      ];
      assert.equal(lines.length, isDebugging ? 2 : 0);
      for (const [i, line] of lines.entries()) {
        assert.ok((line?.['took_ms'] as number) >= 0);
        assert.deepEqual({ ...line, ...expected[i] }, line);
        assert.equal(line?.['database'], 'links');
      }
      await again.close();
    }
  });

  it('DS36 find nothing, and no error, where there are no files', async () => {
    const { store } = await storeOnDisk(0);
    assert.deepEqual(await store.range(ALL), { records: [], resume: undefined });
    await store.close();
  });

  it('DS37 get the same error for the same damage, by key, range or scan', async () => {
    const { disk, store } = await storeOnDisk();
    disk.addFault({ effect: 'bit-flip', operation: 'read', path: /\.part$/, range: [0, 200] });
    await assert.rejects(store.get('links', keyOf(0)), codeIs('CORRUPT'));
    await assert.rejects(store.range(ALL), codeIs('CORRUPT'));
    await assert.rejects(async () => {
      for await (const _ of store.scan(ALL));
    }, codeIs('CORRUPT'));
    await store.close();
  });
});

function siteKey(): Uint8Array {
  return new KeyWriter('sites', toSlot(3), toCollectionId(1)).u32(1).finish();
}
