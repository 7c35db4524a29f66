/** A host that is alone in its cluster, with shards whose bytes are damaged: nobody can mend them, and the rest goes on. */

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { ClusterStanding, ShardStanding } from '../src/cluster/index.ts';
import { type HostProcess, hostProcess } from '../testing/cluster-hosts.ts';
import { hasNats, NO_NATS, type NatsServers, startNats } from '../testing/nats-servers.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const SHARDS = 3;
const PAGES = 40;

interface Answer {
  readonly hits: number;
  readonly partial: boolean;
  readonly numShardsSkipped: number;
}

/** Turns a byte of each file in a folder that holds at least so many. */
async function turnByte(folder: string, at: number): Promise<number> {
  let count = 0;
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name));
    if (bytes.length <= at || bytes.every((byte) => byte === 0)) continue;
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    await writeFile(join(folder, name), bytes);
    count += 1;
  }
  return count;
}

describe('A host alone in its cluster', { skip: hasNats ? false : NO_NATS, timeout: 120_000 }, () => {
  let directory: string;
  let nats: NatsServers;
  let host: HostProcess;

  before(async () => {
    directory = temporaryDirectory({ after });
    nats = await startNats(directory);
    host = hostProcess('a', directory, nats.urls, SHARDS);
    await host.start();
  });

  after(async () => {
    await host.kill();
    await nats.close();
  });

  async function inject(n: number): Promise<number> {
    const content = `<title>Page ${n}</title><p>The falcon of number${n}.</p>`;
    const response = await fetch(`${host.origin}/inject`, {
      method: 'POST',
      headers: { authorization: `Bearer ${host.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: `https://site${n}.example/`, content }),
    });
    return response.status;
  }

  async function search(query: string): Promise<Answer> {
    const response = await fetch(`${host.origin}/search?format=json&q=${encodeURIComponent(query)}`);
    return (await response.json()) as Answer;
  }

  async function shardStanding(shard: number): Promise<ShardStanding | undefined> {
    const response = await fetch(`${host.origin}/cluster`, {
      headers: { authorization: `Bearer ${host.key}` },
    });
    const { cluster } = (await response.json()) as { cluster: ClusterStanding };
    return cluster.shards.find((standing) => standing.shard === shard);
  }

  it('goes on with what is left of a log that was damaged, and says so', async () => {
    for (let n = 0; n < PAGES; n++) assert.equal(await inject(n), 200);
    assert.equal((await search('falcon')).hits, PAGES);
    await host.kill();
    // In the first frames: what follows vouches for them, so that they were acknowledged.
    assert((await turnByte(join(directory, 'a', 'shard-001', 'log'), 400)) > 0);
    await host.start();
    const { hits } = await search('falcon');
    assert(hits > PAGES / 2 && hits <= PAGES, `${hits} of ${PAGES} pages`);
    assert.match((await shardStanding(1))?.reason ?? '', /log was damaged.*No other host/s);
    for (let n = 0; n < PAGES; n++) assert.equal(await inject(n), 200, host.log.slice(-2_000));
    assert.equal((await search('falcon')).hits, PAGES, 'what was lost can be written again');
  });

  it('answers without a shard that can not be opened, and names it', async () => {
    await host.stop();
    assert((await turnByte(join(directory, 'a', 'shard-002', 'parts'), 100)) > 0);
    await host.start();
    const { hits, partial, numShardsSkipped } = await search('falcon');
    assert(partial && numShardsSkipped === 1 && hits > 0 && hits < PAGES, `${hits} of ${PAGES}`);
    assert.match((await shardStanding(2))?.reason ?? '', /can't be opened here/);
    assert.equal((await shardStanding(0))?.role, 'leading');
  });
});
