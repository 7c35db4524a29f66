/**
 * Who waits for an answer waits for nothing that goes by another thread or another turn of the event loop: each would come
 * back behind whatever a crawl has to do by then.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../src/base/index.ts';
import { openEngine } from '../src/collection/index.ts';
import { openRealDisk } from '../src/disk/index.ts';
import { createServer, keyCheck } from '../src/server/index.ts';
import { CountedReads } from '../testing/counted-reads.ts';
import { KEY } from '../testing/served-engine.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const DOCUMENTS = 120;
const BIRDS = ['falcon', 'kestrel', 'merlin', 'hobby', 'harrier', 'buzzard'];
/** What the server is asked beside the search: a theme, who it is, once each ten seconds. */
const FIRST_ASKED = 3;

/** Different from page to page, and too long to stand beside other records. */
function page(i: number): string {
  const bird = BIRDS[i % BIRDS.length] ?? '';
  const numbers = Array.from({ length: 1_500 }, (_, n) =>
    (Math.imul(i * 7919 + n, 0x9e37_79b1) >>> 7).toString(36),
  );
  return `<html lang="en"><title>The ${bird} of valley ${i}</title><h2>Food of the ${bird}</h2><p>${numbers.join(' ')}</p>`;
}

test('completions and pages of results are answered in the turn in which they are asked', async (t) => {
  const dataDirectory = temporaryDirectory(t);
  const asked = new CountedReads();
  const engine = await openEngine({
    dataDirectory,
    disk: asked.over(await openRealDisk(dataDirectory)),
    // However busy the machine, no read seems slow.
    clock: { ...systemClock, monotonic: () => systemClock.monotonic() / 1_000 },
  });
  const server = createServer({ engine, adminKey: keyCheck(KEY) });
  t.after(async () => {
    await server.close();
    await engine.close();
  });
  await engine.createCollection('main');
  const urls = Array.from({ length: DOCUMENTS }, (_, i) => `https://birds.example/${i}`);
  await Promise.all(urls.map((url, i) => engine.inject('main', { url, content: page(i) })));
  await engine.flush();
  const paths = BIRDS.flatMap((bird) => [
    `/complete?q=${bird.slice(0, 2)}`,
    `/complete?q=valley+${bird.slice(0, 3)}`,
    `/complete?q=${bird}+of+valley+`,
    `/search?q=${bird}`,
    `/search?q=valley+${bird}&n=20`,
  ]);
  let [reads, turns] = [0, 0];
  for (const [i, path] of paths.entries()) {
    const before = loopTurns();
    const answer = await asked.during(async () =>
      server.inject({ url: path, headers: { accept: 'text/html', 'accept-encoding': 'gzip' } }),
    );
    assert.equal(answer.result.statusCode, 200);
    if (i >= FIRST_ASKED) [reads, turns] = [reads + answer.reads, turns + loopTurns() - before];
    // What goes on beside it gets its turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual({ reads, turns }, { reads: 0, turns: 0 });
});

function loopTurns(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}
