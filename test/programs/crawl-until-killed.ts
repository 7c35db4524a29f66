/**
 * A program for the kill test: opens a data directory, checks what an earlier life acknowledged, goes on crawling, and
 * prints every acknowledgement the moment it is made. Arguments: data directory, seed URL, shards, file of acknowledged URLs.
 */

import { readFileSync, writeSync } from 'node:fs';
import { openEngine } from '../../src/collection/index.ts';

const [directory = '', seed = '', shards = '1', acknowledgedFile = ''] = process.argv.slice(2);
// Synchronous, so that a kill can't swallow a line that was meant to be printed.
const say = (line: string): void => void writeSync(1, `${line}\n`);

const engine = await openEngine({
  dataDirectory: directory,
  shards: Number(shards),
  resumeCrawls: false,
  onCrawlEvent: ({ outcome, url }) => say(`ack ${outcome} ${url}`),
});
if (!engine.collections().includes('web')) await engine.createCollection('web');

for (const line of readFileSync(acknowledgedFile, 'utf8').split('\n')) {
  const [outcome, url] = line.split(' ');
  if (outcome !== 'indexed' || url === undefined) continue;
  const found = await engine.get('web', { url });
  if (found === undefined) say(`lost ${url}`);
  const word = /\/(page\d+)$/.exec(url)?.[1];
  if (word === undefined) continue;
  const { results } = await engine.search('web', { query: `unique${word}`, count: 2 });
  if (results.length !== 1 || results[0]?.url !== url) say(`unfindable ${url}`);
}
say('checked');

await engine.startCrawl('web', { seeds: [seed], delay_ms: 4, allowPrivate: true });
await engine.crawlDone('web');
say(`done ${(await engine.status()).documents}`);
await engine.close();
