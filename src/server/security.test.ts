import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';

import { KEY, type Served, withServer } from '../../testing/served-engine.ts';
import { listen } from './create-server.ts';
import * as limits from './limits.ts';

const FORM = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' };
/** Ends an attribute, opens an element; stands in every field that a page can bring. */
const ATTACK = `"'><img src=x onerror=alert(1)><script>alert(2)</script>`;
const ESCAPED = ATTACK.replaceAll('&', '&amp;')
  .replaceAll('<', '&lt;')
  .replaceAll('>', '&gt;')
  .replaceAll('"', '&quot;');
const HOSTILE = 'https://evil.example.org/a?b=%22%3E%3Cimg%20src=x%20onerror=alert(3)%3E';

async function signedIn({ ask }: Served): Promise<{ cookie: string; csrf: string }> {
  const reply = await ask({ method: 'POST', url: '/admin/sign-in', headers: FORM, payload: `key=${KEY}` });
  const cookie = String(reply.headers['set-cookie']).split(';')[0] ?? '';
  const page = await ask({ url: '/admin/keys', headers: { ...FORM, cookie } });
  return { cookie, csrf: /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '' };
}

test('nothing that a page brings becomes markup: title, text, address, language, anchors, metadata', async () => {
  await withServer(async ({ ask, command, engine }) => {
    await engine.inject('main', {
      url: HOSTILE,
      content: `<html lang="${ESCAPED}"><head><title>eyas ${ESCAPED}</title>
        <meta name="description" content="${ESCAPED}"><meta name="author" content="${ESCAPED}">
        <meta property="og:site_name" content="${ESCAPED}"><meta name="custom" content="${ESCAPED}">
        <meta property="article:published_time" content="${ESCAPED}">
        <link rel="canonical" href="javascript:alert(4)"></head>
        <body><h2 id="${ESCAPED}">eyas ${ESCAPED}</h2><p>eyas ${ESCAPED}</p>
        <a href="javascript:alert(5)">${ESCAPED}</a><a href="https://x.example.org/${ESCAPED}">${ESCAPED}</a></body></html>`,
    });
    const of = encodeURIComponent(HOSTILE);
    const attack = encodeURIComponent(`eyas ${ATTACK}`);
    const pages = [
      `/search?q=eyas`,
      `/search?q=${attack}`,
      `/search?q=${attack}&hl=ar`,
      `/search?q=eyas&format=rss`,
      `/get?url=${of}`,
      `/get?url=${of}&view=text`,
      `/explain?q=${attack}`,
      `/whynot?q=${attack}&url=${of}`,
      `/advanced?all=${attack}`,
      `/admin/documents?of=${of}&q=${attack}`,
      `/admin/parse?of=${of}`,
      `/admin/query?q=${attack}&url=${of}`,
      `/admin/terms?word=${attack}`,
      `/admin/rules?rules=${attack}&urls=${of}`,
      `/admin/crawl?outcome=${attack}`,
      `/admin/records?host=${attack}&url=${attack}`,
      `/docs/${attack}`,
    ];
    for (const url of pages) {
      const { body } = await command({ method: 'GET', url, headers: { accept: 'text/html' } });
      assert.doesNotMatch(body, /<img src=x|<script>alert|href="javascript:/i, url);
    }
    const json = await ask(`/search?q=eyas&format=json`);
    assert.match(String(json.headers['content-type']), /^application\/json/);
    const raw = await ask(`/get/raw?url=${of}`);
    const policy = String(raw.headers['content-security-policy']);
    assert.match(policy, /^sandbox;/);
    assert.doesNotMatch(policy, /script-src|allow-scripts/);
  });
});

test('every change needs the token of the session, and is refused when another site sends it', async () => {
  await withServer(async (served) => {
    await served.server.ready();
    const { cookie } = await signedIn(served);
    const changes = served.server.routeTable.filter(
      ({ method, access, url }) =>
        method !== 'GET' && method !== 'HEAD' && access !== 'public' && !url.startsWith('/engine/'),
    );
    assert.ok(changes.length > 25);
    for (const { method, url } of changes) {
      const request = {
        method: method as 'POST',
        url: url.replaceAll(/:\w+/g, 'x'),
        headers: { ...FORM, cookie },
      };
      const without = await served.ask({ ...request, payload: 'c=main' });
      assert.equal(without.statusCode, 403, `${method} ${url} without a token`);
      const foreign = await served.ask({
        ...request,
        headers: { ...request.headers, 'sec-fetch-site': 'cross-site' },
        payload: 'c=main',
      });
      assert.equal(foreign.statusCode, 403, `${method} ${url} from another site`);
    }
  });
});

test('no address leads out of what is served', async () => {
  await withServer(async ({ ask }) => {
    for (const path of [
      '/docs/../../package.json',
      '/docs/..%2f..%2fpackage.json',
      '/docs/%2e%2e/%2e%2e/package',
      '/docs/formats/..%2f..%2f..%2fpackage',
      '/docs/formats/....//package',
      '/assets/../create-server.ts',
      '/assets/%2e%2e%2fcreate-server.ts',
      '/docs/getting-started%00',
      '//etc/passwd',
    ]) {
      const { statusCode, body } = await ask(path);
      assert.ok(statusCode === 404 || statusCode === 400, `${path}: ${statusCode}`);
      assert.doesNotMatch(body, /devDependencies|root:/);
    }
  });
});

/** Sends bytes as they are; returns all that comes back. */
function exchange(origin: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const { port } = new URL(origin);
    const socket = connect({ port: Number(port), host: '127.0.0.1' });
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
    socket.end(bytes);
  });
}

test('a request whose end is told in two ways is refused, and nothing behind it is answered', async () => {
  await withServer(async ({ server }) => {
    const origin = await listen(server, { port: 0 });
    const smuggled = 'GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const head = 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    for (const [name, bytes] of [
      [
        'length and chunks',
        `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      ],
      ['two lengths', `${head}Content-Length: 0\r\nContent-Length: 44\r\n\r\n${smuggled}`],
      ['an unknown coding', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
      ['a folded header', `${head}X-A: b\r\n Content-Length: 5\r\n: x\r\n\r\n${smuggled}`],
      ['a space before the colon', `${head}Content-Length : 44\r\n\r\n${smuggled}`],
      ['a bare line feed', `${head}X-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ] as const) {
      const answer = await exchange(origin, bytes);
      assert.match(answer, /^HTTP\/1\.1 4\d\d/, `${name}: ${answer.slice(0, 60)}`);
      assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, `${name}: one answer`);
      assert.doesNotMatch(answer, /"documents"/, name);
    }
  });
});

test('what is too large is refused by its size, whatever it is', async () => {
  await withServer(async ({ server, ask }) => {
    const origin = await listen(server, { port: 0 });
    const statusOf = async (path: string, init: RequestInit = {}): Promise<number> =>
      (await fetch(`${origin}${path}`, init)).status;
    assert.equal(await statusOf(`/search?q=${'a'.repeat(limits.URL_BYTES)}`), 414);
    assert.equal(await statusOf('/', { headers: { 'x-long': 'a'.repeat(limits.HEADER_BYTES) } }), 431);
    assert.equal(await statusOf(`/search?q=${'a'.repeat(limits.QUERY_LENGTH + 1)}`), 400);
    const body = JSON.stringify({ requests: [{ query: 'a'.repeat(limits.BODY_BYTES) }] });
    const client = await ask({ method: 'POST', url: '/1/indexes/main/queries', payload: body });
    assert.equal(client.statusCode, 413);
    const command = await ask({
      method: 'POST',
      url: '/keys',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      payload: JSON.stringify({ description: 'a'.repeat(limits.BODY_BYTES) }),
    });
    assert.equal(command.statusCode, 413);
  });
});

test('slow clients are bounded in time, and many of them in number', async () => {
  await withServer(async ({ server }) => {
    await listen(server, { port: 0 });
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket } = server.server;
    assert.deepEqual(
      [headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket],
      [
        limits.HEADERS_TIMEOUT_MS,
        limits.REQUEST_TIMEOUT_MS,
        limits.KEEP_ALIVE_TIMEOUT_MS,
        limits.REQUESTS_PER_CONNECTION,
      ],
    );
    assert.ok(server.server.maxConnections <= limits.CONNECTIONS_MAX);
  });
});
