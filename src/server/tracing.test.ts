import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { withServer } from '../../testing/served-engine.ts';
import { readTraceparent } from './tracing.ts';

test('a request becomes a span of its caller’s trace, and the collector gets it without the query', async () => {
  const bodies: string[] = [];
  const collector = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => {
      bodies.push(`${request.url} ${body}`);
      response.end('{}');
    });
  });
  await new Promise<void>((listening) => void collector.listen(0, '127.0.0.1', listening));
  const { port } = collector.address() as AddressInfo;
  const trace = '0af7651916cd43dd8448eb211c80319c';
  await withServer(
    async ({ ask }) => {
      const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
      const answer = await ask({ url: '/search?q=falcon&format=json', headers });
      assert.match(String(answer.headers['traceresponse']), new RegExp(`^00-${trace}-`));
    },
    { otlp: `http://127.0.0.1:${port}` },
  );
  await new Promise((closed) => void collector.close(closed));
  const [sent = ''] = bodies;
  assert.match(sent, /^\/v1\/traces /);
  const { resourceSpans } = JSON.parse(sent.slice(sent.indexOf('{'))) as {
    resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
  };
  const span = resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
  assert.equal(span['traceId'], trace);
  assert.equal(span['parentSpanId'], 'b7ad6b7169203331');
  assert.equal(span['name'], 'GET /search');
  assert.ok(BigInt(String(span['endTimeUnixNano'])) >= BigInt(String(span['startTimeUnixNano'])));
  assert.doesNotMatch(sent, /falcon/);
});

test('a trace context that is none begins a trace of its own', () => {
  const zeros = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
  for (const header of [
    undefined,
    '',
    'x',
    zeros,
    '01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ]) {
    assert.equal(readTraceparent(header), undefined);
  }
});
