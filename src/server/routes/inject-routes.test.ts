import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../../testing/served-engine.ts';

const page = (n: number): { url: string; content: string } => ({
  url: `https://new.example.org/${n}`,
  content: `<title>Injected ${n}</title>`,
});

const POST = { method: 'POST', url: '/inject' } as const;

test('a document is injected as JSON, as a form and as bytes, and found at once', async () => {
  await withServer(async ({ ask, command, engine }) => {
    const json = await command({ ...POST, payload: page(1) });
    assert.deepEqual(json.json<{ response: object }>().response, {
      statusCode: 0,
      statusMsg: 'Success',
      docId: json.json<{ document: { docId: number } }>().document.docId,
    });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const old = new URLSearchParams({
      c: 'main',
      u: page(2).url,
      content: page(2).content,
      contenttype: 'text/html',
    });
    assert.equal((await command({ ...POST, headers: form, payload: old.toString() })).statusCode, 200);
    const bytes = await command({
      method: 'POST',
      url: `/inject?url=${encodeURIComponent(page(3).url)}`,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      payload: page(3).content,
    });
    assert.equal(bytes.statusCode, 200);
    const found = (await ask('/search?q=injected&format=json')).json<{ hits: number }>();
    assert.equal(found.hits, 3);
    const stored = await engine.get('main', { url: page(3).url });
    assert.equal(stored?.document.contentType, 'text/html; charset=utf-8');
  });
});

test('plain text and JSON are documents too when they are the body', async () => {
  await withServer(async ({ command, engine }) => {
    const headers = { 'content-type': 'text/plain' };
    const url = '/inject?url=https://t.example.org/a.txt';
    assert.equal((await command({ method: 'POST', url, headers, payload: 'plain words' })).statusCode, 200);
    const text = await engine.get('main', { url: 'https://t.example.org/a.txt' });
    assert.equal(text?.document.kind, 'text');
    const json = await command({
      method: 'POST',
      url: '/inject?url=https://t.example.org/a.json&contentType=application/json',
      headers: { 'content-type': 'application/octet-stream' },
      payload: '{"a": 1}',
    });
    assert.equal(json.statusCode, 200);
    const data = await engine.get('main', { url: 'https://t.example.org/a.json' });
    assert.equal(data?.document.kind, 'json');
  });
});

test('many documents come as lines; a bad one does not stop the others and is named', async () => {
  await withServer(async ({ ask, command }) => {
    const lines = Array.from({ length: 40 }, (_, n) =>
      JSON.stringify({ url: `https://bulk.example.org/${n}`, content: '<title>bulk</title>' }),
    );
    lines[10] = '{"url": "https://bulk.example.org/10"';
    lines[20] = '{"url": "https://bulk.example.org/20"}';
    lines[30] = '{"url": "no address", "content": "bulk"}';
    const reply = await command({
      ...POST,
      headers: { 'content-type': 'application/x-ndjson' },
      payload: `${lines.join('\n')}\n\n`,
    });
    const { injected, refused } = reply.json<{
      injected: number;
      refused: { line: number; code: string }[];
    }>();
    assert.equal(injected, 37);
    assert.deepEqual(
      refused.map(({ line, code }) => [line, code]),
      [
        [11, 'BAD_ARGUMENT'],
        [21, 'BAD_ARGUMENT'],
        [31, 'BAD_ARGUMENT'],
      ],
    );
    assert.equal((await ask('/search?q=bulk&format=json')).json<{ hits: number }>().hits, 37);
  });
});

test('what can not be injected is refused with the reason', async () => {
  await withServer(async ({ command }) => {
    const refusals = [
      [{ ...POST, payload: { content: 'x' } }, 400],
      [{ ...POST, payload: { url: 'https://x.example.org/' } }, 400],
      [{ ...POST, payload: { url: 'https://x.example.org/', content: 'x', c: 'nosuch' } }, 404],
      [{ ...POST, payload: '{', headers: { 'content-type': 'application/json' } }, 400],
      [{ ...POST, payload: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } }, 415],
      [{ ...POST, payload: 'x', headers: { 'content-type': 'text/html' } }, 400],
      [{ method: 'POST', url: '/crawl', payload: 'x', headers: { 'content-type': 'text/html' } }, 415],
      [{ method: 'POST', url: '/crawl', payload: { seeds: ['x'.repeat(300_000)] } }, 413],
      [{ method: 'POST', url: '/crawl', payload: { seeds: [] } }, 400],
      [{ method: 'POST', url: '/crawl', payload: { seeds: ['https://x.example.org/'], maxPages: 0 } }, 400],
    ] as const;
    for (const [request, status] of refusals) {
      const reply = await command(request);
      assert.equal(reply.statusCode, status, JSON.stringify(request).slice(0, 200));
      const { error } = reply.json<{ error: { code: string; message: string } }>();
      assert.match(error.code, /^[A-Z_]+$/);
      assert.ok(error.message.length > 5);
    }
    const wrongMethod = await command({ method: 'GET', url: '/inject' });
    assert.equal(wrongMethod.statusCode, 405);
    assert.equal(wrongMethod.headers.allow, 'POST');
  });
});

test('a crawl starts from JSON or a form with what was asked, and nothing that was left empty', async () => {
  await withServer(async ({ command, engine }) => {
    const seeds = ['https://birds.example.org/peregrine'];
    await command({ method: 'POST', url: '/crawl', payload: { seeds, maxPages: 5, allowPrivate: true } });
    await command({
      method: 'POST',
      url: '/crawl',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        seeds: `${seeds[0] ?? ''}\r\n`,
        scope: 'site',
        maxPages: '',
        delay_ms: '0',
      }).toString(),
    });
    assert.deepEqual(engine.crawlRequests('main'), [
      { seeds, maxPages: 5, allowPrivate: true },
      { seeds, scope: 'site', delay_ms: 0 },
    ]);
    await engine.crawlDone('main');
    const { progress } = (await command({ method: 'GET', url: '/crawl' })).json<{
      progress: { state: string; indexed: number };
    }>();
    assert.equal(progress.state, 'done');
    assert.equal(progress.indexed, 2);
  });
});
