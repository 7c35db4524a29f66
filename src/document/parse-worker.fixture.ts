/** The parse worker for tests: some URLs stand for documents that never end, eat memory, or end the thread. */

import { buildDocument } from './build.ts';
import type { DocumentSource } from './document.ts';
import { handedOver, resultOf } from './parse-worker.ts';

const eaten: unknown[] = [];

export default async function parse(source: DocumentSource): Promise<unknown> {
  if (source.url.endsWith('/endless')) for (;;) eaten.length = 0;
  if (source.url.endsWith('/hungry')) for (;;) eaten.push({ more: [eaten.length, 'and', 'more'] });
  if (source.url.endsWith('/deadly')) process.exit(3);
  if (source.url.endsWith('/odd')) throw 'a string';
  return handedOver(await resultOf(source, buildDocument));
}
