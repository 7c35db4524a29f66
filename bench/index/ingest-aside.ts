/** Makes an index in a process of its own, so that nothing of that is left in the one which measures queries. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IMPORTING } from '../../src/cli/frugal-memory.ts';

/** The best CPU time of `rounds`, and how many documents there are. The process begins as an import of the product does. */
export function ingestAside(
  corpus: string,
  limit: number,
  target: string,
  rounds = 1,
): { readonly cpu_s: number; readonly documents: number } {
  const script = fileURLToPath(new URL('ingest-process.ts', import.meta.url));
  const words = [...IMPORTING, script, corpus, String(limit), target, String(rounds)];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Indexing failed:\n${stderr}`);
  return JSON.parse(stdout) as { cpu_s: number; documents: number };
}
