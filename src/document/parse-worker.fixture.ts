/** The parse worker for tests: some URLs stand for documents that never end, eat memory, leave failures behind, or end the process. */

import { writeFileSync } from 'node:fs';
import { buildDocument } from './build.ts';
import { serveParent } from './parse-worker.ts';

const eaten: unknown[] = [];
let messages = 0;
process.on('message', () => (messages += 1));

serveParent(async (source) => {
  if (source.url.endsWith('/endless')) for (;;) eaten.length = 0;
  if (source.url.endsWith('/hungry')) for (;;) eaten.push({ more: [eaten.length, 'and', 'more'] });
  if (source.url.endsWith('/greedy')) for (;;) eaten.push(new Uint8Array(2 ** 20).fill(1));
  if (source.url.endsWith('/deadly')) process.exit(3);
  if (source.url.endsWith('/odd')) throw 'a string';
  if (source.url.endsWith('/writes')) writeFileSync('written-by-a-page', '');
  if (source.url.endsWith('/writes-code')) {
    writeFileSync(`${process.env['NODE_COMPILE_CACHE'] ?? '.'}/written-by-a-page`, '');
  }
  if (source.url.endsWith('/careless')) {
    void Promise.reject(new Error('nobody waits for this'));
    setTimeout(() => void Promise.reject(new Error('nor for this')), 5);
  }
  if (source.url.endsWith('/process')) {
    return buildDocument({ ...source, bytes: Buffer.from(`<title>${process.pid}</title>`) });
  }
  if (source.url.endsWith('/messages')) {
    return buildDocument({ ...source, bytes: Buffer.from(`<title>${messages}</title>`) });
  }
  return buildDocument(source);
});
