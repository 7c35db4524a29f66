import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../testing/served-engine.ts';
import { listen } from './create-server.ts';

const KEY_HEADER = { authorization: 'Bearer the-admin-key' };

/** Reads events until `enough` says so of what came. */
async function readUntil(response: Response, enough: (text: string) => boolean): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  while (!enough(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  await reader.cancel();
  return text;
}

test('the live view sends the numbers at once, and again when they change', async () => {
  await withServer(
    async ({ server, engine }) => {
      const origin = await listen(server, { port: 0 });
      const response = await fetch(`${origin}/admin/live`, { headers: KEY_HEADER });
      assert.match(response.headers.get('content-type') ?? '', /text\/event-stream/);
      assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
      await engine.startCrawl('main', {
        seeds: ['https://birds.example.org/peregrine', 'https://gone.example.org/<b>'],
      });
      const text = await readUntil(response, (sofar) => sofar.includes('Crawl done'));
      assert.match(text, /"title":"Overview · Crawl done · Administration - Peregrine"/);
      assert.match(text, /event: overview/);
      assert.match(text, /not found/);
      assert.doesNotMatch(text, /<b>\\?"?</);
      const events = text.split('\n\n').filter((event) => event.startsWith('event: overview'));
      assert.equal(new Set(events).size, events.length, 'nothing is sent twice');
    },
    { liveInterval_ms: 10 },
  );
});

test('a server closes although views are open', async () => {
  await withServer(
    async ({ server }) => {
      const origin = await listen(server, { port: 0 });
      const response = await fetch(`${origin}/admin/live`, { headers: KEY_HEADER });
      const rest = readUntil(response, () => false);
      await server.close();
      assert.match(await rest, /overview/);
    },
    { liveInterval_ms: 10 },
  );
});

test('a view ends with the session that opened it', async () => {
  await withServer(
    async ({ server, ask }) => {
      const origin = await listen(server, { port: 0 });
      const signIn = await ask({ method: 'POST', url: '/admin/sign-in', payload: { key: 'the-admin-key' } });
      const cookie = String(signIn.headers['set-cookie']).split(';')[0] ?? '';
      const response = await fetch(`${origin}/admin/live`, { headers: { cookie } });
      const rest = readUntil(response, () => false);
      const page = await ask({ url: '/admin', headers: { cookie } });
      const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
      await ask({ method: 'POST', url: '/admin/sign-out', headers: { cookie }, payload: { csrf } });
      assert.match(await rest, /overview/);
    },
    { liveInterval_ms: 10 },
  );
});

test('a port that is taken is refused with what to do', async () => {
  await withServer(async (first) => {
    const origin = await listen(first.server, { port: 0 });
    await withServer(async (second) => {
      await assert.rejects(listen(second.server, { port: Number(new URL(origin).port) }), {
        code: 'ALREADY_EXISTS',
        message: /--port/,
      });
    });
  });
});

test('requests that are too large are refused by the real server too', async () => {
  await withServer(async ({ server }) => {
    const origin = await listen(server, { port: 0 });
    assert.equal((await fetch(`${origin}/search?q=${'x'.repeat(9_000)}`)).status, 414);
    assert.equal((await fetch(origin, { headers: { 'x-long': 'x'.repeat(20_000) } })).status, 431);
    const body = 'x'.repeat(300_000);
    const headers = { ...KEY_HEADER, 'content-type': 'application/json' };
    assert.equal((await fetch(`${origin}/crawl`, { method: 'POST', headers, body })).status, 413);
    assert.equal((await fetch(`${origin}/`)).status, 200);
  });
});
