import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

import { receiveMail } from '../../../testing/mail-receiver.ts';
import { withServer } from '../../../testing/served-engine.ts';
import { TinyEngine } from '../../../testing/tiny-engine.ts';
import { tinySeat } from '../../../testing/tiny-seat.ts';
import { isPeregrineError, silentLog, systemClock, toShardId } from '../../base/index.ts';
import type { EngineStatus } from '../../collection/index.ts';
import type { ClusterStanding } from '../../cluster/index.ts';
import { MemoryDisk } from '../../disk/index.ts';
import { openStore } from '../../storage/index.ts';
import { alarmCouriers } from './alarm-couriers.ts';
import { AlarmDesk, type AlarmMessage } from './alarm-desk.ts';
import { clusterAlarms, ownAlarms } from './alarm-rules.ts';

const engine = new TinyEngine({ web: {} });
const healthy = async (): Promise<EngineStatus> => ({
  ...(await engine.status()),
  disk_bytes: 1_000_000,
  diskFree_bytes: 50 * 1024 ** 3,
});

const clusterNow = (): ClusterStanding => tinySeat().standing() as ClusterStanding;

describe('What alarms', () => {
  it('is nothing where all is well', async () => {
    assert.deepEqual(ownAlarms(await healthy()), []);
    assert.deepEqual(clusterAlarms(clusterNow()), []);
  });

  it('is a disk that is nearly full, and a shard that takes no writes or has lost something', async () => {
    const status = await healthy();
    const store = await openStore({ disk: new MemoryDisk(), directory: 'shard', shard: toShardId(0) });
    const shard = store.status();
    await store.close();
    const troubled: EngineStatus = {
      ...status,
      collections: status.collections.map((one) => Object.assign({}, one, { damagedSegments: 2 })),
      diskFree_bytes: 100 * 1024 ** 2,
      shards: [
        {
          ...shard,
          readOnly: 'the disk failed',
          lost: [{ database: 'titles', firstKey: '00', lastKey: 'ff', partNumber: 1, entries: 2 }],
        },
      ],
    };
    assert.deepEqual(
      ownAlarms(troubled).map(({ id, severity }) => [id, severity]),
      [
        ['disk', 'warning'],
        ['shard.0.read-only', 'critical'],
        ['shard.0.lost', 'critical'],
        ['index.main.damaged', 'critical'],
      ],
    );
  });

  it('is a host that is silent, and what follows for shards', () => {
    const { hosts, shards, ...standing } = clusterNow();
    const ids = (silent: string): string[] =>
      clusterAlarms({
        ...standing,
        hosts: hosts.map((host) => Object.assign({}, host, { isAlive: host.host !== silent })),
        shards: shards.map((shard) =>
          Object.assign({}, shard, {
            inSync: shard.inSync.filter((host) => host !== silent || host === shard.leader),
          }),
        ),
      }).map(({ id }) => id);
    assert.deepEqual(ids('south'), ['host.south.silent']);
    assert.deepEqual(ids('north'), ['host.north.silent', 'shard.0.no-leader']);
    const thin = shards.map((shard) => Object.assign({}, shard, { inSync: ['north'] }));
    assert.deepEqual(
      clusterAlarms({ ...standing, hosts, shards: thin }).map(({ id }) => id),
      ['shard.0.copies'],
    );
  });
});

describe('The desk of alarms', () => {
  it('tells of a trouble once when it has stood for a while, and once when it is over', async () => {
    let free_bytes = 50 * 1024 ** 3;
    const heard: string[] = [];
    const desk = new AlarmDesk({
      engine: { status: async () => ({ ...(await healthy()), diskFree_bytes: free_bytes }) },
      cluster: undefined,
      couriers: [
        {
          name: 'book',
          deliver: async ({ event, alarm }: AlarmMessage) => void heard.push(`${event} ${alarm.id}`),
        },
      ],
      clock: systemClock,
      log: silentLog,
    });
    const look = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) await desk.look();
    };
    await look(3);
    free_bytes = 1;
    await look(2);
    assert.equal(desk.standing().length, 1, 'it is shown at once');
    free_bytes = 50 * 1024 ** 3;
    await look(2);
    assert.equal(desk.standing().length, 0);
    free_bytes = 1;
    await look(8);
    free_bytes = 50 * 1024 ** 3;
    await look(8);
    await desk.close();
    assert.deepEqual(heard, ['alarm.raised disk', 'alarm.cleared disk'], 'a passing trouble is told nobody');
  });

  it('is shown by API and page', async () => {
    await withServer(async ({ command }) => {
      const { statusCode, body } = await command({ url: '/alarms' });
      assert.equal(statusCode, 200);
      assert.deepEqual(JSON.parse(body), { alarms: [] });
      assert.equal((await command({ url: '/admin' })).statusCode, 200);
    });
  });
});

describe('Couriers of alarms', () => {
  const message: AlarmMessage = {
    event: 'alarm.raised',
    at_ms: Date.UTC(2026, 0, 2, 3, 4, 5),
    from: 'north',
    alarm: { id: 'disk', severity: 'warning', text: 'No room is left.', since_ms: Date.UTC(2026, 0, 2) },
  };

  it('post signed JSON, and fail where it is not taken', async () => {
    const posts: { body: string; signature: string }[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        posts.push({ body, signature: String(request.headers['peregrine-signature']) });
        return response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    try {
      const [courier] = alarmCouriers({ webhook, secret: 'shared' });
      assert(courier !== undefined);
      const { signal } = new AbortController();
      await courier.deliver(message, signal);
      const [{ body, signature } = { body: '', signature: '' }] = posts;
      const { event, id, text: said, since } = JSON.parse(body) as Record<string, string>;
      assert.deepEqual(
        [event, id, said, since],
        ['alarm.raised', 'disk', 'No room is left.', '2026-01-02T00:00:00.000Z'],
      );
      const [, time, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
      assert.equal(digest, createHmac('sha256', 'shared').update(`${time}.${body}`).digest('hex'));
      status = 500;
      await assert.rejects(courier.deliver(message, signal), (error) =>
        isPeregrineError(error, 'FETCH_FAILED'),
      );
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('send mail', async () => {
    const receiver = await receiveMail();
    try {
      const mail = ['ops@example.org', 'night@example.org'];
      const [courier] = alarmCouriers({ mail, smtp: receiver.url, from: 'search@example.org' });
      assert(courier !== undefined);
      await courier.deliver(message, new AbortController().signal);
      const [received] = receiver.messages;
      assert.deepEqual(received?.to, mail);
      assert.match(received.text, /^Subject: \[Peregrine north\] warning: disk$/m);
      assert.match(received.text, /^From: search@example\.org$/m);
      assert.match(received.text, /No room is left\./);
    } finally {
      await receiver.close();
    }
  });

  it('want a server for mail', () => {
    assert.throws(
      () => alarmCouriers({ mail: ['ops@example.org'] }),
      (error) => isPeregrineError(error, 'BAD_ARGUMENT'),
    );
    assert.deepEqual(alarmCouriers({}), []);
  });
});
