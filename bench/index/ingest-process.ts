/** Indexes a corpus in a process of its own, so that its CPU time is nobody else's: CORPUS LIMIT DIRECTORY. */

import { mkdirSync, rmSync } from 'node:fs';
import { LuceneContestant } from './lucene-contestant.ts';
import { PeregrineContestant } from './peregrine-contestant.ts';

const [corpus = '', limit = '', directory = ''] = process.argv.slice(2);
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
const contestant = await PeregrineContestant.open(directory, LuceneContestant.memory_mb, 64);
const cpu = process.cpuUsage();
const start_ms = performance.now();
const documents = await contestant.ingest(corpus, Number(limit));
const { user, system } = process.cpuUsage(cpu);
const wall_s = (performance.now() - start_ms) / 1000;
await contestant.close();
console.log(JSON.stringify({ documents, cpu_s: (user + system) / 1e6, wall_s }));
