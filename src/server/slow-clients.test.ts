import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';

import { KEY, withServer } from '../../testing/served-engine.ts';
import { listen } from './create-server.ts';

const PATIENCE = { headers_ms: 300, request_ms: 900, silence_ms: 1_500, checkedEvery_ms: 30 };
const CLIENTS = 60;

interface SlowClient {
  /** What it was told before the connection ended. */
  readonly ended: Promise<string>;
}

/** A connection that says `head` and then a byte at a time for as long as anybody listens. */
function drip(origin: string, head: string, drop: string): SlowClient {
  const { port } = new URL(origin);
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  let said = '';
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')));
  socket.write(head);
  const timer = setInterval(() => socket.write(drop), 25);
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => {
      clearInterval(timer);
      resolve(said);
    });
  });
  return { ended };
}

function head(path: string, more: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${KEY}\r\n${more}\r\n\r\n`;
}

test('who sends headers a byte at a time is sent away, and all others are answered meanwhile', async () => {
  await withServer(
    async ({ server }) => {
      const origin = await listen(server, { port: 0 });
      const slow = Array.from({ length: CLIENTS }, () =>
        drip(origin, 'GET /search?q=falcon HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 'a'),
      );
      await assertAnswers(origin);
      for (const said of await Promise.all(slow.map(({ ended }) => ended))) {
        assert.match(said, /^(HTTP\/1\.1 408 |$)/);
      }
    },
    { patience: PATIENCE },
  );
});

test('who sends a body a byte at a time is sent away, whatever he may do, and nothing of it is taken', async () => {
  await withServer(
    async ({ server, engine }) => {
      const origin = await listen(server, { port: 0 });
      const whole = 'Content-Type: application/json\r\nContent-Length: 100000';
      const chunks = 'Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked';
      const slow = [
        ...Array.from({ length: CLIENTS }, () =>
          drip(origin, `${head('/inject', whole)}{"url":"https://slow.example.org/","content":"`, 'a'),
        ),
        ...Array.from({ length: CLIENTS }, () => drip(origin, head('/inject', chunks), '1\r\n \r\n')),
      ];
      await assertAnswers(origin);
      await Promise.all(slow.map(({ ended }) => ended));
      assert.equal(await engine.get('main', { url: 'https://slow.example.org/' }), undefined);
      await assertAnswers(origin);
    },
    { patience: PATIENCE },
  );
});

test('a connection on which nothing is said, or nothing is read, is closed', async () => {
  await withServer(
    async ({ server }) => {
      const origin = await listen(server, { port: 0 });
      const { port } = new URL(origin);
      const silent = Array.from({ length: CLIENTS }, () =>
        connect({ port: Number(port), host: '127.0.0.1' }),
      );
      // Asks for a great many answers and takes none of them.
      const deaf = connect({ port: Number(port), host: '127.0.0.1' }).pause();
      deaf.write('GET /assets/style.css HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200));
      for (const socket of [...silent, deaf]) socket.on('error', () => undefined);
      await Promise.all(silent.map(closed));
      while ((await connections(server)) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      deaf.destroy();
    },
    { patience: PATIENCE },
  );
});

/** Searches are answered; at a moment when many connections come in at once they may be asked to come again. */
async function assertAnswers(origin: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${origin}/search?q=falcon&format=json`);
    if (answer.status === 503 && answer.headers.has('retry-after')) continue;
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { hits: number }).hits, 2);
    return;
  }
}

async function closed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.resume().on('close', () => resolve()));
}

async function connections(server: { readonly server: { getConnections: Counting } }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

type Counting = (told: (error: Error | null, count: number) => void) => unknown;
