/** `kill -9` at random moments of a crawl: nothing acknowledged is lost, nothing acknowledged is fetched again. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../src/base/index.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const PAGES = 180;
const KILLS = 20;
const PROGRAM = new URL('./programs/crawl-until-killed.ts', import.meta.url).pathname;
/** Longest life of one child; a crawl that hangs fails the test rather than stopping it. */
const LIFE_LIMIT_MS = 60_000;

interface Life {
  readonly finished: boolean;
  readonly complaints: readonly string[];
  readonly documents: number;
}

for (const shards of [1, 3]) {
  test(`a crawl on ${shards} shard(s) survives ${KILLS / 2} kills with nothing lost and nothing repeated`, async (t) => {
    const requests: string[] = [];
    const server = await serveGraph(requests);
    t.after(() => server.close());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const directory = temporaryDirectory(t);
    const acknowledgedFile = join(directory, 'acknowledged.txt');
    writeFileSync(acknowledgedFile, '');
    const acknowledged = new Set<string>();
    const random = seededRandom(shards * 7919);

    const complaints: string[] = [];
    let kills = 0;
    let documents = 0;
    for (;;) {
      // Some lives end before the first acknowledgement, most in the middle of many.
      const killAfter_acks = kills < KILLS / 2 ? random.below(12) : undefined;
      const life = await live(
        [join(directory, 'data'), `${origin}/`, String(shards), acknowledgedFile],
        killAfter_acks,
        random.below(12),
        {
          onAcknowledged: (outcome, url) => {
            acknowledged.add(url);
            appendFileSync(acknowledgedFile, `${outcome} ${url}\n`);
          },
          isRepeated: () => {
            for (const path of requests.splice(0)) {
              if (acknowledged.has(`${origin}${path}`)) complaints.push(`fetched again: ${path}`);
            }
          },
        },
      );
      complaints.push(...life.complaints);
      if (life.finished) {
        documents = life.documents;
        break;
      }
      kills += 1;
    }
    assert.deepEqual(complaints, []);
    assert.equal(kills, KILLS / 2);
    assert.equal(documents, PAGES + 1);
  });
}

/** One life of the child: killed so many acknowledgements after its check, or left to finish. */
function live(
  args: readonly string[],
  killAfter_acks: number | undefined,
  delay_ms: number,
  watch: { onAcknowledged(outcome: string, url: string): void; isRepeated(): void },
): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const complaints: string[] = [];
    let text = '';
    let errors = '';
    let acks = 0;
    let finished = false;
    let documents = 0;
    const kill = (): void => void setTimeout(() => child.kill('SIGKILL'), delay_ms);
    const limit = setTimeout(() => {
      complaints.push(`did not end within ${LIFE_LIMIT_MS} ms; ${errors}`);
      finished = true;
      child.kill('SIGKILL');
    }, LIFE_LIMIT_MS);
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const [word = '', ...rest] = line.split(' ');
        if (word === 'ack') {
          // Requests that came before this acknowledgement are judged by what was acknowledged before it.
          watch.isRepeated();
          watch.onAcknowledged(rest[0] ?? '', rest[1] ?? '');
          acks += 1;
          if (acks === killAfter_acks) kill();
        } else if (word === 'checked') {
          if (killAfter_acks === 0) kill();
        } else if (word === 'done') {
          finished = true;
          documents = Number(rest[0]);
        } else complaints.push(line);
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      watch.isRepeated();
      if (signal !== 'SIGKILL' && code !== 0) complaints.push(`ended with ${code}: ${errors}`);
      resolve({ finished: finished || (signal !== 'SIGKILL' && code !== 0), complaints, documents });
    });
  });
}

/** A site of numbered pages, each linking to the next few, so that the frontier grows while it is being worked off. */
async function serveGraph(requests: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const number = path === '/' ? 0 : Number(/^\/page(\d+)$/.exec(path)?.[1] ?? Number.NaN);
    if (Number.isNaN(number) || number > PAGES) {
      response.writeHead(404).end();
      return;
    }
    requests.push(path);
    const next = [1, 2, 3, 7].map((step) => number + step).filter((n) => n <= PAGES);
    const links = next.map((n) => `<a href="/page${n}">page ${n}</a>`).join(' ');
    const name = number === 0 ? 'home' : `page${number}`;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      `<!doctype html><html lang="en"><title>Title ${name}</title><main><p>This is unique${name}, one of many.</p>${links}</main></html>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
