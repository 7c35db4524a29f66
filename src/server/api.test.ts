import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { InjectOptions } from 'fastify';

import { withServer } from '../../testing/served-engine.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { tinySeat } from '../../testing/tiny-seat.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: object;
  readonly security: readonly object[];
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

test('the API describes each of its routes in OpenAPI 3.1, with the parameters that are checked', async () => {
  await withServer(async ({ ask }) => {
    const { openapi, paths } = (await ask('/openapi.json')).json<{ openapi: string; paths: Paths }>();
    assert.equal(openapi, '3.1.0');
    const search = paths['/search']?.['get'];
    assert.deepEqual(
      search?.parameters.slice(0, 4).map(({ name, required }) => [name, required]),
      [
        ['q', false],
        ['c', false],
        ['s', false],
        ['n', false],
      ],
    );
    assert.match(JSON.stringify(search), /"maximum":100/);
    assert.deepEqual(paths['/inject']?.['post']?.security, [{ key: [] }]);
    assert.match(JSON.stringify(paths['/crawl']?.['post']?.requestBody), /"required":\["seeds"\]/);
    assert.equal(paths['/keys/{id}']?.['delete']?.parameters[0]?.in, 'path');
    const names = Object.values(paths).flatMap((path) => Object.values(path).map((one) => one.operationId));
    assert.equal(new Set(names).size, names.length, 'operation ids are unique');
  });
});

test('every example of the description is answered', async (t) => {
  await withServer(
    async ({ server, command }) => {
      await server.ready();
      for (const { method, example, url } of server.describedRoutes) {
        let target = example.url;
        if (target.includes('{id}')) {
          const made = await command({ method: 'POST', url: '/keys', payload: { actions: ['search'] } });
          target = target.replace('{id}', made.json<{ entry: { id: string } }>().entry.id);
        }
        const reply = await command({
          method,
          url: target,
          ...(example.body === undefined ? {} : { payload: example.body }),
        });
        assert.ok(
          reply.statusCode < 300,
          `${method} ${url}: ${reply.statusCode} ${reply.body.slice(0, 200)}`,
        );
      }
    },
    { cluster: tinySeat(), dataDirectory: temporaryDirectory(t) },
  );
});

test('errors are problem details, with the envelope of old beside them', async () => {
  await withServer(async ({ ask }) => {
    const reply = await ask('/search?n=9999&format=json');
    assert.equal(reply.headers['content-type'], 'application/problem+json; charset=utf-8');
    const { type, status, code, detail, response } = reply.json<Record<string, unknown>>();
    assert.equal(type, '/docs/errors#bad_argument');
    assert.equal(status, 400);
    assert.equal(code, 'BAD_ARGUMENT');
    assert.match(String(detail), /at most 100/);
    assert.deepEqual(response, { statusCode: 400, statusMsg: detail });
  });
});

test('a change that is repeated with the same Idempotency-Key is made once', async () => {
  await withServer(async ({ command, ask }) => {
    const headers = { 'idempotency-key': 'abc' };
    const make: InjectOptions = { method: 'POST', url: '/keys', headers, payload: { actions: ['search'] } };
    const first = await command(make);
    const second = await command(make);
    assert.equal(second.body, first.body);
    assert.equal(second.statusCode, 201);
    assert.equal(second.headers['idempotency-replayed'], 'true');
    assert.equal((await command({ url: '/keys' })).json<{ keys: object[] }>().keys.length, 1);
    const other = await command({ ...make, payload: { actions: ['crawl'] } });
    assert.equal(other.statusCode, 422);
    const failed: InjectOptions = {
      method: 'POST',
      url: '/keys',
      headers: { 'idempotency-key': 'x' },
      payload: {},
    };
    assert.equal((await command(failed)).statusCode, 400);
    assert.equal((await command({ ...failed, payload: {} })).statusCode, 400, 'a failure is tried again');
    assert.equal((await ask({ ...make, headers })).statusCode, 401, 'a stranger is not shown the answer');
  });
});

test('only pages of listed origins may read answers, and never with cookies', async () => {
  await withServer(
    async ({ ask }) => {
      const own = { origin: 'https://www.example.org' };
      const answer = await ask({ url: '/search?q=falcon&format=json', headers: own });
      assert.equal(answer.headers['access-control-allow-origin'], 'https://www.example.org');
      assert.equal(answer.headers['access-control-allow-credentials'], undefined);
      const preflight = await ask({ method: 'OPTIONS', url: '/search', headers: own });
      assert.equal(preflight.statusCode, 204);
      assert.match(String(preflight.headers['access-control-allow-headers']), /authorization/);
      const foreign = await ask({
        url: '/search?q=x&format=json',
        headers: { origin: 'https://evil.example' },
      });
      assert.equal(foreign.headers['access-control-allow-origin'], undefined);
    },
    { allowedOrigins: ['https://www.example.org'] },
  );
});

test('metrics tell of requests by route, of documents and of crawls', async () => {
  await withServer(async ({ ask, command }) => {
    await ask('/search?q=falcon&format=json');
    await ask('/no/such/place');
    const { body, headers } = await command({ url: '/metrics' });
    assert.match(String(headers['content-type']), /^text\/plain/);
    assert.match(body, /peregrine_http_requests_total\{method="GET",route="\/search",status="200"\} 1/);
    assert.match(body, /route="none",status="404"\} 1/);
    assert.match(body, /^peregrine_documents 2$/m);
    assert.match(body, /peregrine_crawl_pages\{collection="main",state="queued"\} 0/);
    assert.match(body, /peregrine_http_request_seconds_count\{route="\/search"\} 1/);
  });
});
