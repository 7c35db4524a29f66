import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../testing/served-engine.ts';
import { PeregrineError } from '../base/index.ts';
import { listen } from './create-server.ts';

test('a search of which nobody waits for the answer is ended, and others are answered', async () => {
  await withServer(async ({ server, engine }) => {
    const origin = await listen(server, { port: 0 });
    const begun = Promise.withResolvers<AbortSignal>();
    const plain = engine.search.bind(engine);
    engine.search = (_name: string, _request: unknown, signal?: AbortSignal) => {
      assert.ok(signal !== undefined);
      begun.resolve(signal);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new PeregrineError('CANCELLED', 'Nobody waits.')));
      });
    };
    const left = new AbortController();
    const asked = fetch(`${origin}/search?q=falcon&format=json`, { signal: left.signal });
    const signal = await begun.promise;
    assert.equal(signal.aborted, false);
    left.abort();
    await assert.rejects(asked);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    engine.search = plain;
    assert.equal((await fetch(`${origin}/search?q=falcon&format=json`)).status, 200);
  });
});
