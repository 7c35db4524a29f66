import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { KEY, withServer } from '../../testing/served-engine.ts';

const withoutTime = (text: string): string => text.replace(/in <?[\d.]+ ms/g, '');

test('pages and JSON are sent compressed to who can read that, and are the same', async () => {
  await withServer(async ({ ask }) => {
    for (const url of ['/search?q=falcon', '/openapi.json']) {
      const plain = await ask(url);
      const small = await ask({ url, headers: { 'accept-encoding': 'gzip, deflate, br' } });
      assert.equal(small.headers['content-encoding'], 'gzip');
      assert.match(String(small.headers['vary']), /Accept-Encoding/);
      assert.equal(withoutTime(gunzipSync(small.rawPayload).toString()), withoutTime(plain.body));
      assert.ok(small.rawPayload.length < plain.rawPayload.length / 2);
      assert.equal(
        (await ask({ url, headers: { 'accept-encoding': 'gzip;q=0' } })).headers['content-encoding'],
        undefined,
      );
    }
  });
});

test('what an administrator gets, with its tokens, is never compressed', async () => {
  await withServer(async ({ ask }) => {
    const headers = { 'accept-encoding': 'gzip', authorization: `Bearer ${KEY}`, accept: 'text/html' };
    assert.equal((await ask({ url: '/admin', headers })).headers['content-encoding'], undefined);
  });
});

test('the style sheet is small, and the same', async () => {
  await withServer(async ({ ask }) => {
    const path = /href="(\/assets\/style[^"]+)"/.exec((await ask('/')).body)?.[1] ?? '';
    const plain = await ask(path);
    const small = await ask({ url: path, headers: { 'accept-encoding': 'br' } });
    assert.equal(small.headers['content-encoding'], 'br');
    assert.deepEqual(brotliDecompressSync(small.rawPayload), plain.rawPayload);
  });
});

test('a page of results stays within its budget: 14 kB before the first paint, 50 kB in all', async () => {
  await withServer(async ({ ask }) => {
    const encoding = { 'accept-encoding': 'gzip, br' };
    const page = await ask({ url: '/search?q=falcon', headers: encoding });
    const markup = gunzipSync(page.rawPayload).toString();
    const sizeOf = async (path: string): Promise<number> =>
      (await ask({ url: path, headers: encoding })).rawPayload.length;
    const styles = [...markup.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(
      ([, path = '']) => path,
    );
    const scripts = [...markup.matchAll(/<script src="([^"]+)"/g)].map(([, path = '']) => path);
    assert.equal(styles.length, 1);
    let first_bytes = page.rawPayload.length;
    for (const path of styles) first_bytes += await sizeOf(path);
    let all_bytes = first_bytes;
    for (const path of [...scripts, '/favicon.svg']) all_bytes += await sizeOf(path);
    assert.ok(first_bytes <= 14_000, `${first_bytes} bytes`);
    assert.ok(all_bytes <= 50_000, `${all_bytes} bytes`);
    assert.doesNotMatch(markup, /<script(?![^>]*defer)[^>]*src/, 'no script holds up the page');
  });
});
