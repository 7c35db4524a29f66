/** Kills a process that writes, at any moment, opens what it left, and looks for everything that it had acknowledged. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { ByteReader, type Random, toShardId } from '../src/base/index.ts';
import { openRealDisk } from '../src/disk/index.ts';
import { type DatabaseName, DATABASES, openStore } from '../src/storage/index.ts';

const WRITER = fileURLToPath(new URL('store-writer.ts', import.meta.url));
/** Numbers that one life may use. */
const NUMBERS_OF_A_LIFE = 1_000_000;
const REPEATED_KEYS = 500;

export interface KillReport {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly flushes: number;
  /** Batches that were durable without having been told so. */
  readonly untold: number;
}

/** `rounds` lives in one directory. Throws where an acknowledged write is missing, or the store does not open. */
export async function killAgainAndAgain(
  directory: string,
  rounds: number,
  random: Random,
): Promise<KillReport> {
  const acknowledged = new Set<number>();
  let flushes = 0;
  let untold = 0;
  for (let round = 0; round < rounds; round++) {
    const told = await writeAndKill(directory, round * NUMBERS_OF_A_LIFE, random);
    for (const number of told) acknowledged.add(number);
    const store = await openStore({
      disk: await openRealDisk(directory),
      directory: 'store',
      shard: toShardId(0),
    });
    assert.deepEqual(store.status().recovery.damage, []);
    const once = await numbersOf(store, 'links');
    assert.deepEqual(
      [...acknowledged].filter((number) => !once.has(number)),
      [],
      `round ${round}: acknowledged writes are lost`,
    );
    // Of a key that is written again and again the last version told, or a later one that was not.
    const again = await numbersOf(store, 'sites');
    const newest = new Map<number, number>();
    for (const number of acknowledged) {
      const key = number % REPEATED_KEYS;
      newest.set(key, Math.max(number, newest.get(key) ?? 0));
    }
    const found = new Map([...again].map((number) => [number % REPEATED_KEYS, number]));
    for (const [key, number] of newest)
      assert.ok((found.get(key) ?? -1) >= number, `round ${round}: key ${key} is older`);
    untold += once.size - acknowledged.size;
    for (const number of once) acknowledged.add(number);
    const { isSound, sentence } = await store.verify({ depth: 'deep' });
    assert.ok(isSound, sentence);
    flushes += store.status().databases.links.parts;
    await store.close();
  }
  return { rounds, acknowledged: acknowledged.size, flushes, untold };
}

async function numbersOf(
  store: Awaited<ReturnType<typeof openStore>>,
  database: DatabaseName,
): Promise<Set<number>> {
  const { keyBytes } = DATABASES[database];
  const range = { start: new Uint8Array(keyBytes), end: new Uint8Array(keyBytes).fill(0xff) };
  const found = new Set<number>();
  for await (const { value } of store.scan({ database, ...range })) found.add(new ByteReader(value).u32());
  return found;
}

/** Lets a writer run for a while after its first acknowledgement, kills it, and returns all that it acknowledged. */
async function writeAndKill(directory: string, first: number, random: Random): Promise<number[]> {
  const writer = spawn(process.execPath, [WRITER, directory, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const after_ms = random.below(10) === 0 ? 0 : random.below(250);
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  writer.stdout.setEncoding('utf8');
  writer.stdout.on('data', (text: string) => {
    output += text;
    timer ??= setTimeout(() => writer.kill('SIGKILL'), after_ms);
  });
  await new Promise((resolve) => writer.on('close', resolve));
  clearTimeout(timer);
  // The last line may be cut.
  return output.split('\n').slice(0, -1).map(Number);
}
