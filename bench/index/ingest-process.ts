/**
 * Indexes a corpus in a process of its own, so that its CPU time is nobody else's: CORPUS LIMIT DIRECTORY ROUNDS. The
 * best round counts: the first one meets code that is not compiled yet. The last one's index stays.
 */

import { mkdirSync, rmSync } from 'node:fs';
import { LuceneContestant } from './lucene-contestant.ts';
import { PeregrineContestant } from './peregrine-contestant.ts';

const [corpus = '', limit = '', directory = '', rounds = '1'] = process.argv.slice(2);
let documents = 0;
let cpu_s = Infinity;
for (let round = 0; round < Number(rounds); round++) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const contestant = await PeregrineContestant.open(directory, LuceneContestant.memory_mb, 64);
  const cpu = process.cpuUsage();
  documents = await contestant.ingest(corpus, Number(limit));
  const { user, system } = process.cpuUsage(cpu);
  await contestant.close();
  cpu_s = Math.min(cpu_s, (user + system) / 1e6);
}
console.log(JSON.stringify({ documents, cpu_s }));
