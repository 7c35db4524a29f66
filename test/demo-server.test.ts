/** The server of the demo site keeps to the protocol, and the PDF that it gives away can be made again and read. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { extractText, getMeta } from 'unpdf';
import { buildFieldGuide } from '../demo/build-pdf.ts';
import { type DemoServer, serveDemo } from '../demo/serve-demo.ts';

describe('the server of the demo site', () => {
  let demo: DemoServer;

  before(async () => {
    demo = await serveDemo({ slow_ms: 20 });
  });
  after(async () => {
    await demo.close();
  });

  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(demo.origin + path, { redirect: 'manual', headers });

  test('answers 304 to who knows the page already', async () => {
    const first = await get('/crawling/http-caching');
    await first.arrayBuffer();
    const etag = first.headers.get('etag')!;
    const modified = first.headers.get('last-modified')!;
    const status = async (headers: Record<string, string>) =>
      (await get('/crawling/http-caching', headers)).status;
    assert.equal(await status({ 'if-none-match': etag }), 304);
    assert.equal(await status({ 'if-none-match': `"other", ${etag}` }), 304);
    assert.equal(await status({ 'if-none-match': '"other"', 'if-modified-since': modified }), 200);
    assert.equal(await status({ 'if-modified-since': modified }), 304);
    assert.equal(await status({ 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }), 200);
  });

  test('compresses only where that is accepted', async () => {
    const plain = await raw(`${demo.origin}/crawling/traps`, {});
    const packed = await raw(`${demo.origin}/crawling/traps`, { 'accept-encoding': 'gzip, br' });
    const refused = await raw(`${demo.origin}/crawling/traps`, { 'accept-encoding': 'gzip;q=0' });
    assert.equal(plain.encoding, undefined);
    assert.equal(packed.encoding, 'gzip');
    assert.equal(refused.encoding, undefined);
    assert.deepEqual(gunzipSync(packed.body), plain.body);
  });

  test('refuses to be written to, and records what it was asked', async () => {
    const response = await fetch(`${demo.origin}/about`, { method: 'POST', body: 'x' });
    await response.text();
    assert.equal(response.status, 405);
    const head = await fetch(`${demo.origin}/about?n=1`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    await get('/nowhere').then((answer) => answer.text());
    const last = demo.requests.slice(-3).map(({ path, status }) => `${status} ${path}`);
    assert.deepEqual(last, ['405 /about', '200 /about?n=1', '404 /nowhere']);
    assert.ok(demo.requests.every(({ at_ms }) => Math.abs(Date.now() - at_ms) < 60_000));
  });

  test('ends while somebody waits for the slow page', async () => {
    const other = await serveDemo({ slow_ms: 60_000 });
    const waiting = fetch(`${other.origin}/museum/slow`).then(
      () => 'answered',
      () => 'cut off',
    );
    await fetch(`${other.origin}/about`).then((answer) => answer.text());
    await other.close();
    assert.equal(await waiting, 'cut off');
  });
});

describe('the PDF of the demo site', () => {
  test('can be made again, byte for byte', () => {
    const committed = readFileSync(new URL('../demo/site/downloads/field-guide.pdf', import.meta.url));
    assert.ok(committed.equals(buildFieldGuide()), 'run: node demo/build-pdf.ts');
  });

  test('is read by a PDF reader: six sheets of text, a title and dates', async () => {
    const { totalPages, text } = await extractText(buildFieldGuide(), { mergePages: false });
    assert.equal(totalPages, 6);
    assert.match(text[2]!, /The byte order mark, the header, the meta element and statistics/);
    const { info } = await getMeta(buildFieldGuide());
    assert.equal(info['Title'], 'A Field Guide to Web Search');
    assert.equal(info['CreationDate'], 'D:20240801090000Z');
  });

  test('refuses what it can not write or what does not fit', () => {
    assert.throws(() => buildFieldGuide('# Sheet\nκαλημέρα'), /can't write/);
    assert.throws(() => buildFieldGuide(`# Sheet\n${'A line.\n'.repeat(100)}`), /Sheet 1 is too long/);
  });
});

/** A response as it comes over the wire: `fetch` would unpack it. */
async function raw(url: string, headers: Record<string, string>) {
  return new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
    request(url, { headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(pieces) });
      });
    })
      .on('error', reject)
      .end();
  });
}
