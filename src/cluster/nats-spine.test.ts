import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError } from '../base/index.ts';
import { connectNats, createLog, StreamError } from './index.ts';
import { hasNats, NO_NATS, startNats } from '../../testing/nats-servers.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';

const failureIs =
  (failure: string) =>
  (error: unknown): boolean =>
    error instanceof StreamError && error.failure === failure;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('The spine over NATS', { skip: hasNats ? false : NO_NATS }, () => {
  it('puts a message where it is expected and nowhere else, and reads from a place on', async (t) => {
    const nats = await startNats(temporaryDirectory(t));
    const spine = await connectNats({ servers: nats.urls, name: 'one' });
    try {
      const { identity, lastPlace } = await createLog(spine, 'log');
      const stream = spine.stream('log');
      assert.equal(lastPlace, 1);
      assert.equal(await stream.publish(bytesOf('a'), 1), 2);
      await assert.rejects(stream.publish(bytesOf('b'), 1), failureIs('misplaced'));
      await assert.rejects(stream.publish(bytesOf('b'), 0), failureIs('misplaced'));
      const sent = await Promise.all(['b', 'c', 'd'].map((text, i) => stream.publish(bytesOf(text), 2 + i)));
      assert.deepEqual(sent, [3, 4, 5]);
      const reading = new AbortController();
      const read: string[] = [];
      for await (const { place, bytes } of stream.read(3, reading.signal)) {
        read.push(`${place}${new TextDecoder().decode(bytes)}`);
        if (place === 5) break;
      }
      reading.abort();
      assert.deepEqual(read, ['3b', '4c', '5d']);
      await stream.trim(3);
      assert.deepEqual(await stream.state(), { identity, firstPlace: 4, lastPlace: 5 });
      await spine.removeStream('log');
      await assert.rejects(stream.state(), failureIs('lost'));
      await spine.removeStream('log');
    } finally {
      await spine.close();
      await nats.close();
    }
  });

  it('changes records by compare-and-set, and tells who watches', async (t) => {
    const nats = await startNats(temporaryDirectory(t));
    const spine = await connectNats({ servers: nats.urls, name: 'one' });
    try {
      const heard: string[] = [];
      const watching = await spine.records.watch(({ value }) => heard.push(value));
      const first = await spine.records.put('shard.0', 'a', 0);
      assert(first !== undefined);
      assert.equal(await spine.records.put('shard.0', 'other', 0), undefined);
      const second = await spine.records.put('shard.0', 'b', first);
      assert.equal(await spine.records.put('shard.0', 'c', first), undefined);
      assert.deepEqual(await spine.records.get('shard.0'), { key: 'shard.0', value: 'b', revision: second });
      assert.equal(await spine.records.get('shard.1'), undefined);
      while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(heard, ['a', 'b']);
      await watching.close();
    } finally {
      await spine.close();
      await nats.close();
    }
  });

  it('answers questions, and says at once where nobody does', async (t) => {
    const nats = await startNats(temporaryDirectory(t));
    const spine = await connectNats({ servers: nats.urls, name: 'one' });
    try {
      const { messenger } = spine;
      const serving = messenger.serve('double', async (bytes) =>
        bytesOf(`${new TextDecoder().decode(bytes)}!`),
      );
      const reply = await messenger.ask('double', bytesOf('hello'), 1_000);
      assert.equal(new TextDecoder().decode(reply), 'hello!');
      await assert.rejects(messenger.ask('nobody', bytesOf('hello'), 60_000), (error) =>
        isPeregrineError(error, 'UNAVAILABLE'),
      );
      await serving.close();
    } finally {
      await spine.close();
      await nats.close();
    }
  });

  it('refuses with a sentence where no server is', async () => {
    await assert.rejects(connectNats({ servers: ['nats://127.0.0.1:1'], name: 'none' }), (error) =>
      isPeregrineError(error, 'UNAVAILABLE'),
    );
  });
});
