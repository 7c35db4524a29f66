import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { InjectOptions } from 'fastify';

import { type Clock, systemClock } from '../base/index.ts';
import { KEY, withServer } from '../../testing/served-engine.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { tinySeat } from '../../testing/tiny-seat.ts';
import { ACTIONS, type Action } from './grants.ts';
import { ATTEMPTS_PER_WINDOW } from './failed-attempts.ts';
import { KeyRing } from './key-ring.ts';

type Method = 'GET' | 'POST' | 'DELETE';
type Row = readonly [method: Method, url: string, access: 'public' | 'admin' | Action, body?: object];

/** Every route of the server, who may use it, and a request that it would do. */
const ROUTES: readonly Row[] = [
  ['GET', '/', 'public'],
  ['GET', '/search?q=falcon', 'public'],
  ['POST', '/search', 'public', { q: 'falcon' }],
  ['GET', '/get?url=https://birds.example.org/kestrel', 'public'],
  ['GET', '/get/raw?url=https://birds.example.org/kestrel', 'public'],
  ['GET', '/explain?q=falcon', 'public'],
  ['GET', '/whynot?q=falcon&url=https://birds.example.org/kestrel', 'status'],
  ['GET', '/status', 'public'],
  ['GET', '/favicon.svg', 'public'],
  ['GET', '/robots.txt', 'public'],
  ['GET', '/opensearch.xml', 'public'],
  ['GET', '/admin/sign-in', 'public'],
  ['POST', '/admin/sign-in', 'public', { key: KEY }],
  ['GET', '/admin', 'admin'],
  ['POST', '/admin/sign-out', 'admin', {}],
  ['POST', '/inject', 'documents', { url: 'https://a.example.org/', content: 'x' }],
  ['POST', '/admin/inject', 'documents', { url: 'https://a.example.org/', content: 'x' }],
  ['GET', '/import', 'admin'],
  ['GET', '/import/failures', 'admin'],
  ['POST', '/import/gigablast', 'admin', { directory: '/nowhere/at/all', from: 'main' }],
  ['GET', '/alarms', 'status'],
  ['GET', '/cluster', 'status'],
  ['POST', '/cluster/compare', 'admin'],
  ['POST', '/cluster/drain', 'admin', { host: 'north' }],
  ['POST', '/cluster/undrain', 'admin', { host: 'north' }],
  ['GET', '/index', 'admin'],
  ['POST', '/index/verify', 'admin', {}],
  ['POST', '/index/repair', 'admin', {}],
  ['POST', '/index/rebuild', 'admin', {}],
  ['POST', '/import/file', 'admin', { kind: 'csv', path: '/nowhere/at/all.csv' }],
  ['POST', '/export', 'admin', { file: '/nowhere/at/all.csv' }],
  ['POST', '/forget', 'admin', { urls: ['https://old.example.org/'] }],
  ['POST', '/bundles/make', 'admin', { folder: '/nowhere/at/all' }],
  ['POST', '/bundles/take', 'admin', { folder: '/nowhere/at/all' }],
  [
    'POST',
    '/bundles/fetch',
    'admin',
    { folder: '/nowhere/at/all', from: { server: 'http://127.0.0.1:9/', folder: '/x', key: 'x' } },
  ],
  ['GET', '/theme', 'public'],
  ['GET', '/theme/style.css', 'public'],
  ['POST', '/theme', 'admin', { name: 'Birds' }],
  ['DELETE', '/theme', 'admin'],
  ['GET', '/snapshots', 'admin'],
  ['POST', '/snapshots', 'admin', { place: '/nowhere/at/all' }],
  ['POST', '/snapshots/restore', 'admin', { place: '/nowhere/at/all' }],
  ['POST', '/snapshots/schedule', 'admin', { place: '/nowhere/at/all' }],
  ['DELETE', '/snapshots/schedule', 'admin'],
  ['GET', '/tasks', 'admin'],
  ['GET', '/crawl', 'crawl'],
  ['POST', '/crawl', 'crawl', { seeds: ['https://birds.example.org/peregrine'] }],
  ['POST', '/crawl/pause', 'crawl', {}],
  ['POST', '/crawl/refresh', 'crawl', {}],
  ['POST', '/crawl/stop', 'crawl', {}],
  ['GET', '/crawl/records', 'crawl'],
  ['GET', '/progress', 'crawl'],
  ['GET', '/indexnow?url=https://birds.example.org/kestrel&key=0123456789', 'public'],
  ['POST', '/indexnow', 'public', { key: '0123456789', urlList: ['https://birds.example.org/kestrel'] }],
  ['POST', '/crawl/resume', 'crawl', {}],
  ['DELETE', '/document?url=https://birds.example.org/kestrel', 'documents'],
  ['GET', '/health/live', 'public'],
  ['GET', '/health/ready', 'public'],
  ['GET', '/metrics', 'status'],
  ['GET', '/openapi.json', 'public'],
  ['GET', '/docs', 'public'],
  ['POST', '/mcp', 'public', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }],
  ['GET', '/index', 'admin'],
  ['POST', '/index/verify', 'admin', {}],
  ['POST', '/index/repair', 'admin', {}],
  ['POST', '/index/rebuild', 'admin', {}],
  ['GET', '/explain?q=falcon', 'public'],
  ['GET', '/whynot?q=falcon&url=https://birds.example.org/kestrel', 'status'],
  ['GET', '/keys', 'admin'],
  ['POST', '/keys', 'admin', { actions: ['search'] }],
  ['POST', '/document/remove', 'documents', { url: 'https://birds.example.org/kestrel' }],
];

/** Tested apart, for its answer never ends. */
const STREAMS: ReadonlySet<string> = new Set(['/admin/live']);

// Both, as clients of the Model Context Protocol must.
const PROGRAM = { accept: 'application/json, text/event-stream' };

/** A key for each action, one for all of them, and the administrator's. */
async function roles(
  keys: KeyRing,
): Promise<readonly { name: string; key: string; actions: readonly Action[] }[]> {
  const made = [];
  for (const actions of [...ACTIONS.map((action) => [action]), ACTIONS]) {
    const { key } = await keys.create({ actions }, { description: '', now_ms: 0 });
    made.push({ name: actions.join('+'), key, actions });
  }
  return made;
}

test('every route that the server has opens for whom it is made, and for nobody else', async () => {
  const keys = KeyRing.inMemory();
  const all = await roles(keys);
  await withServer(
    async ({ server, ask }) => {
      await server.ready();
      assert.ok(server.routeTable.length > 60, 'the routes are found');
      for (const { method, url, access } of server.routeTable) {
        if (STREAMS.has(url) || method === 'HEAD' || method === 'OPTIONS') continue;
        // Whatever stands for a parameter: who may not come in is refused before it is looked at.
        const path = url.replaceAll(/:\w+/g, 'x').replaceAll('*', 'x');
        const statusOf = async (headers: Record<string, string>): Promise<number> =>
          (await ask({ method: method as Method, url: path, headers: { ...PROGRAM, ...headers } }))
            .statusCode;
        const where = `${method} ${url} (${access})`;
        assert.equal((await statusOf({})) === 401, access !== 'public', `${where} for a stranger`);
        assert.equal(await statusOf({ authorization: 'Bearer wrong' }), 401, `${where} with a wrong key`);
        for (const { name, key, actions } of all) {
          const isOpen = access === 'public' || (access !== 'admin' && actions.includes(access));
          const status = await statusOf({ authorization: `Bearer ${key}` });
          if (isOpen) assert.ok(status !== 401 && status !== 403, `${where} for ${name}: ${status}`);
          else assert.equal(status, 403, `${where} for ${name}`);
        }
      }
    },
    { keys, clock: patientClock() },
  );
});

/** Wrong keys are counted by the minute: here each comes a minute after the last. */
function patientClock(): Clock {
  let now_ms = 1_772_632_800_000;
  return { ...systemClock, now: () => now_ms, monotonic: () => (now_ms += 61_000) };
}

for (const [method, url, access, body] of ROUTES) {
  const request = (headers: Record<string, string>): InjectOptions => ({
    method,
    url,
    headers: { ...PROGRAM, ...headers },
    ...(body === undefined ? {} : { payload: body }),
  });
  test(`${method} ${url.split('?')[0] ?? ''} is ${access}`, async (t) => {
    await withServer(
      async ({ ask }) => {
        const stranger = await ask(request({}));
        assert.equal(
          stranger.statusCode === 401,
          access !== 'public',
          `a stranger gets ${stranger.statusCode}`,
        );
        const impostor = await ask(request({ authorization: 'Bearer wrong' }));
        assert.equal(impostor.statusCode, 401, 'a wrong key is never overlooked');
        const administrator = await ask(request({ authorization: `Bearer ${KEY}` }));
        assert.ok(administrator.statusCode < 400, `the administrator gets ${administrator.statusCode}`);
      },
      { cluster: tinySeat(), dataDirectory: temporaryDirectory(t) },
    );
    await withServer(
      async ({ ask }) =>
        assert.equal((await ask(request({}))).statusCode, 401, 'where the key is always needed'),
      { isKeyAlwaysNeeded: true },
    );
  });
}

for (const action of ACTIONS) {
  test(`a key for "${action}" opens what needs it and what is public, and nothing else`, async () => {
    const keys = KeyRing.inMemory();
    const { key } = await keys.create({ actions: [action] }, { description: '', now_ms: 0 });
    const isOpen = ([, , access]: Row): boolean => access === 'public' || access === action;
    const tryAll = (rows: readonly Row[]): Promise<void> =>
      withServer(
        async ({ ask }) => {
          for (const row of rows) {
            const [method, url, , body] = row;
            const { statusCode } = await ask({
              method,
              url,
              headers: { ...PROGRAM, authorization: `Bearer ${key}` },
              ...(body === undefined ? {} : { payload: body }),
            });
            if (isOpen(row)) assert.ok(statusCode < 400, `${method} ${url}: ${statusCode}`);
            else assert.equal(statusCode, 403, `${method} ${url}`);
          }
        },
        { keys },
      );
    // What changes something has a server of its own.
    const changes = ROUTES.filter((row) => isOpen(row) && row[0] !== 'GET');
    await tryAll(ROUTES.filter((row) => !changes.includes(row)));
    for (const row of changes) await tryAll([row]);
  });
}

test('every answer, good or bad, carries the security headers', async () => {
  await withServer(async ({ ask, command }) => {
    const answers = [
      await ask('/'),
      await ask('/search?q=falcon'),
      await ask('/search?n=9999'),
      await ask('/nowhere'),
      await ask({ method: 'POST', url: '/crawl', payload: '{' }),
      await command({ method: 'GET', url: '/admin' }),
      await ask('/status'),
    ];
    for (const { headers, statusCode } of answers) {
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /default-src 'none'/, String(statusCode));
      assert.match(policy, /script-src 'self'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'same-origin');
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
  });
});

test('too many wrong keys are answered with 429, and the right one still opens', async () => {
  await withServer(async ({ ask, command }) => {
    const wrong = { method: 'GET', url: '/crawl', headers: { authorization: 'Bearer no' } } as const;
    for (let i = 0; i < ATTEMPTS_PER_WINDOW; i++) assert.equal((await ask(wrong)).statusCode, 401);
    const refused = await ask(wrong);
    assert.equal(refused.statusCode, 429);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.equal((await command({ method: 'GET', url: '/crawl' })).statusCode, 200);
  });
});

const BROWSER = {
  accept: 'text/html,application/xhtml+xml',
  'content-type': 'application/x-www-form-urlencoded',
};

test('signing in gives a cookie that scripts and other sites never get', async () => {
  await withServer(async ({ ask }) => {
    const unsigned = await ask({ url: '/admin', headers: BROWSER });
    assert.equal(unsigned.statusCode, 303);
    assert.equal(unsigned.headers.location, '/admin/sign-in');

    const wrong = await ask({ method: 'POST', url: '/admin/sign-in', headers: BROWSER, payload: 'key=nope' });
    assert.equal(wrong.statusCode, 401);
    assert.match(wrong.body, /This key opens nothing here/);
    assert.equal(wrong.headers['set-cookie'], undefined);

    const right = await ask({
      method: 'POST',
      url: '/admin/sign-in',
      headers: BROWSER,
      payload: `key=${KEY}`,
    });
    assert.equal(right.statusCode, 303);
    const cookie = String(right.headers['set-cookie']);
    assert.match(cookie, /HttpOnly; SameSite=Strict/);
    assert.doesNotMatch(cookie, new RegExp(KEY));
    const session = { ...BROWSER, cookie: cookie.split(';')[0] ?? '' };
    const page = await ask({ url: '/admin', headers: session });
    assert.equal(page.statusCode, 200);
    const token = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';

    const withoutToken = await ask({
      method: 'POST',
      url: '/crawl/pause',
      headers: session,
      payload: 'c=main',
    });
    assert.equal(withoutToken.statusCode, 403);
    const foreign = await ask({
      method: 'POST',
      url: '/crawl/pause',
      headers: { ...session, 'sec-fetch-site': 'cross-site' },
      payload: `c=main&csrf=${token}`,
    });
    assert.equal(foreign.statusCode, 403);
    const own = await ask({
      method: 'POST',
      url: '/crawl/pause',
      headers: { ...session, 'sec-fetch-site': 'same-origin' },
      payload: `c=main&csrf=${token}`,
    });
    assert.equal(own.statusCode, 303);
    assert.equal(own.headers.location, '/admin/crawl?c=main');

    await ask({ method: 'POST', url: '/admin/sign-out', headers: session, payload: `csrf=${token}` });
    assert.equal((await ask({ url: '/admin', headers: session })).statusCode, 303);
  });
});

test('a new admin key ends the sessions of the old one', async () => {
  let generation = 1;
  const adminKey = {
    matches: (candidate: string) => candidate === KEY,
    get generation() {
      return generation;
    },
  };
  await withServer(
    async ({ ask }) => {
      const right = await ask({ method: 'POST', url: '/admin/sign-in', payload: { key: KEY } });
      const cookie = String(right.headers['set-cookie']).split(';')[0] ?? '';
      assert.equal((await ask({ url: '/crawl', headers: { cookie } })).statusCode, 200);
      generation = 2;
      assert.equal((await ask({ url: '/crawl', headers: { cookie } })).statusCode, 401);
    },
    { adminKey },
  );
});

test('a collection that is not public is as one that is not there, but for administrators', async () => {
  await withServer(
    async ({ ask, command, engine }) => {
      await engine.createCollection('secret');
      await engine.inject('secret', { url: 'https://s.example.org/', content: '<title>falcon</title>' });
      for (const url of [
        '/search?q=falcon&c=secret',
        '/get?c=secret&url=https://s.example.org/',
        '/?c=secret',
      ]) {
        assert.equal((await ask(url)).statusCode, 404, url);
        assert.equal((await command({ method: 'GET', url })).statusCode, 200, url);
      }
      assert.doesNotMatch((await ask('/')).body, /secret/);
      const status = (await ask('/status')).json<{ documents: number }>();
      assert.equal(status.documents, 2);
    },
    { publicCollections: ['main'] },
  );
});

test('a server on loopback answers to its own names only', async () => {
  await withServer(
    async ({ ask }) => {
      assert.equal((await ask({ url: '/', headers: { host: 'localhost:8080' } })).statusCode, 200);
      const rebound = await ask({ url: '/search?q=falcon', headers: { host: 'evil.example.com' } });
      assert.equal(rebound.statusCode, 421);
      assert.doesNotMatch(rebound.body, /fastest/);
    },
    { allowedHosts: ['localhost', '127.0.0.1'] },
  );
});
