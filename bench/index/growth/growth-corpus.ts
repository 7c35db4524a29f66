/** Paragraphs for measuring growth: as many as are wanted, those of the corpus first. */

import { closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { corpusLines, corpusPath, type CorpusSize } from '../corpus.ts';
import { cacheDirectory } from '../debian-packages.ts';

const BATCH = 4096;
/** Steps between the paragraphs that are joined, one a pass over the corpus; no two passes join alike. */
const STEP = 7919;

/**
 * Path of a file of `count` paragraphs. Where the corpus has fewer, the first half of one is joined with the second half
 * of another: new documents of the same words, lengths and neighbourhoods.
 */
export async function growthCorpusPath(size: CorpusSize, count: number): Promise<string> {
  const path = join(cacheDirectory, `growth-${size.name}-${count}.txt`);
  if (existsSync(path)) return path;
  const lines: string[] = [];
  for await (const line of corpusLines(corpusPath(size, 'paragraphs'), count)) lines.push(line);
  const file = openSync(`${path}.partial`, 'w');
  let batch: string[] = [];
  for (let i = 0; i < count; i++) {
    batch.push(i < lines.length ? (lines[i] ?? '') : joined(lines, i));
    if (batch.length < BATCH && i + 1 < count) continue;
    writeSync(file, `${batch.join('\n')}\n`);
    batch = [];
  }
  closeSync(file);
  renameSync(`${path}.partial`, path);
  return path;
}

function joined(lines: readonly string[], i: number): string {
  const pass = Math.floor(i / lines.length);
  const first = (lines[i % lines.length] ?? '').split(' ');
  const second = (lines[(i + pass * STEP) % lines.length] ?? '').split(' ');
  const words = [...first.slice(0, first.length >> 1), ...second.slice(second.length >> 1)];
  return words.join(' ');
}
