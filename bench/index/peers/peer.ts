/** What every other engine of the comparison offers: documents in, times and numbers of hits out. */

import type { QueryMode } from '../lucene-contestant.ts';

export type QueryKind = 'term' | 'and' | 'or' | 'phrase';

export interface PeerQuery {
  readonly kind: QueryKind;
  readonly words: readonly string[];
}

export interface Peer {
  readonly name: string;
  /** Kinds of queries that it can answer by the meaning that all others give them. */
  readonly kinds: readonly QueryKind[];
  /** Indexes documents, words in lower case with a space between; answers with seconds of CPU. */
  index(documents: readonly string[]): Promise<number>;
  /** Number of documents that match. */
  hits(query: PeerQuery): Promise<number>;
  /** Microseconds of thread time of a query, mean over all, for at least so long. */
  time_us(queries: readonly PeerQuery[], mode: QueryMode, least_ms: number): Promise<number>;
  close(): void;
}

export function kindOf(name: string): QueryKind {
  if (name.startsWith('PH')) return 'phrase';
  if (name.startsWith('OR')) return 'or';
  return name.startsWith('AND') ? 'and' : 'term';
}

/** Asks queries over and over on this thread. */
export async function timeOnThread_us(
  queries: readonly PeerQuery[],
  least_ms: number,
  ask: (query: PeerQuery) => unknown,
): Promise<number> {
  const begin = process.threadCpuUsage();
  let spent_us = 0;
  let runs = 0;
  while (spent_us < least_ms * 1000) {
    for (const query of queries) {
      const answer = ask(query);
      if (answer instanceof Promise) await answer;
      runs += 1;
      const { user, system } = process.threadCpuUsage(begin);
      spent_us = user + system;
      // One query of a slow engine may take longer than all the time there is.
      if (spent_us > least_ms * 10_000) break;
    }
  }
  return spent_us / runs;
}

/** Seconds of CPU of this process, all threads. */
export async function cpuOf_s(work: () => unknown): Promise<number> {
  const begin = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
}
