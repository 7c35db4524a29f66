import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { CaptiveTerminal } from '../../../testing/captive-terminal.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { TinyEngine } from '../../../testing/tiny-engine.ts';
import { tinySeat } from '../../../testing/tiny-seat.ts';
import { toShardId } from '../../base/index.ts';
import { type ClusterSeat, openControlSocket } from '../../server/index.ts';

type Run = (...words: string[]) => Promise<{ readonly code: number; readonly terminal: CaptiveTerminal }>;

async function beside(t: TestContext, cluster: ClusterSeat | undefined, use: (run: Run) => Promise<void>) {
  const dataDirectory = temporaryDirectory(t);
  const engine = new TinyEngine({ web: {}, dataDirectory });
  const socket = await openControlSocket({ engine, dataDirectory, ...(cluster && { cluster }) });
  try {
    await use(async (...words) => {
      const terminal = new CaptiveTerminal(engine);
      return { terminal, code: await terminal.run('cluster', ...words, '--data-dir', dataDirectory) };
    });
  } finally {
    await socket.close();
    await engine.close();
  }
}

test('the cluster of a running host is shown', async (t) => {
  await beside(t, tinySeat(), async (run) => {
    const { code, terminal } = await run('status');
    assert.equal(code, 0, terminal.told);
    assert.match(terminal.printed, /^north \(this\) {2}alive/m);
    assert.match(terminal.printed, /^shard 0 {2}north: LEADS 42 {2}south: in sync 42$/m);
    const whole = JSON.parse((await run('status', '--json')).terminal.printed) as { host: string };
    assert.equal(whole.host, 'north');
  });
});

test('a host is drained, waited for, and let back', async (t) => {
  const draining = new Set<string>();
  await beside(t, tinySeat(draining), async (run) => {
    const { code, terminal } = await run('drain', 'south', '--wait');
    assert.equal(code, 0, terminal.told);
    assert.match(terminal.printed, /south holds nothing and can be stopped/);
    assert(draining.has('south'));
    assert.equal((await run('undrain', 'south')).code, 0);
    assert(!draining.has('south'));
    const unknown = await run('drain', 'west');
    assert.equal(unknown.code, 1);
    assert.match(unknown.terminal.told, /no host "west"/);
  });
});

test('mirrors are compared', async (t) => {
  await beside(t, tinySeat(), async (run) => {
    const { code, terminal } = await run('compare');
    assert.equal(code, 0, terminal.told);
    assert.match(terminal.printed, /^shard 0 {2}north = south {2}7 records {2}alike$/m);
  });
  const differs = {
    shard: toShardId(0),
    database: 'titles',
    first: '00',
    last: 'ff',
    host: 'south',
  } as const;
  const compare: ClusterSeat['compare'] = async () => [
    { shard: toShardId(0), hosts: ['north', 'south'], records: 7, differences: [differs], unsettled: 0 },
  ];
  await beside(t, { ...tinySeat(), compare }, async (run) => {
    const { code, terminal } = await run('compare');
    assert.equal(code, 4);
    assert.match(terminal.printed, /south differs in titles/);
  });
});

test('on one machine the commands say what is missing', async (t) => {
  await beside(t, undefined, async (run) => {
    const { code, terminal } = await run('status');
    assert.equal(code, 1);
    assert.match(terminal.told, /no host of a cluster/);
  });
});
