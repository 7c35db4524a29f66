import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';

import { KEY } from '../../testing/served-engine.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { toDocId } from '../base/index.ts';
import type { StreamedResult } from '../query/index.ts';
import { keyCheck } from './admin-key.ts';
import { createServer, listen } from './create-server.ts';

const MATCHES = 300_000;
/** What sockets of both sides may hold of 60 MB: as much as Linux lets them grow to. */
const BUFFERED_MAX_BYTES = 20_000_000;

/** An engine with a great many matches, that counts how many were taken from it. */
class CountedEngine extends TinyEngine {
  taken = 0;
  isEnded = false;

  override async *stream(): AsyncGenerator<StreamedResult> {
    try {
      for (let n = 1; n <= MATCHES; n++) {
        this.taken += 1;
        yield {
          docId: toDocId(n),
          url: `https://many.example.org/a/page/with/an/address/of/usual/length/${n}`,
          title: `Page ${n} of a great many that were found`,
          language: 'en',
          contentType: 'text/html',
          fetchedAt_ms: 1_772_632_800_000,
          published_ms: 0,
        };
      }
    } finally {
      this.isEnded = true;
    }
  }
}

async function streamed(t: TestContext): Promise<{ engine: CountedEngine; answer: IncomingMessage }> {
  const engine = new CountedEngine();
  const server = createServer({ engine, adminKey: keyCheck(KEY) });
  t.after(async () => {
    await server.close();
    await engine.close();
  });
  const origin = await listen(server, { port: 0 });
  const [answer] = (await once(get(`${origin}/search?q=many&stream=1`), 'response')) as [IncomingMessage];
  return { engine, answer };
}

/** When nothing more is taken, for nobody reads. */
async function atRest(engine: CountedEngine): Promise<number> {
  for (let quiet = 0, before = -1; quiet < 5;) {
    quiet = engine.taken === before && engine.taken > 1 ? quiet + 1 : 0;
    before = engine.taken;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return engine.taken;
}

test('a reader who rests costs what the sockets hold, however many matches there are, and gets them all', async (t) => {
  const { engine, answer } = await streamed(t);
  const taken = await atRest(engine);
  let [lines, size_bytes, end] = [0, 0, ''];
  for await (const chunk of answer) {
    const text = String(chunk);
    lines += text.split('\n').length - 1;
    size_bytes += Buffer.byteLength(text);
    end = (end + text).slice(-100);
  }
  assert.equal(lines, MATCHES + 1);
  assert.match(end, /{"end":true,"matches":300000}\n$/);
  const buffered_bytes = (taken / MATCHES) * size_bytes;
  assert.ok(size_bytes > 2 * BUFFERED_MAX_BYTES, `${size_bytes} bytes are enough to tell`);
  assert.ok(buffered_bytes < BUFFERED_MAX_BYTES, `${taken} matches (${buffered_bytes} bytes) waited`);
});

test('a reader who goes away ends the search for more', async (t) => {
  const { engine, answer } = await streamed(t);
  await once(answer, 'readable');
  answer.destroy();
  while (!engine.isEnded) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(engine.taken < MATCHES, `${engine.taken} were taken`);
});
