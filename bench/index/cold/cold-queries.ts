/** Queries of all classes in turn, as both contestants of a cold run are asked them. */

import { readFileSync, writeFileSync } from 'node:fs';
import type { QueryClass } from '../query-classes.ts';

/** Of one query. */
export interface ColdSample {
  /** By the clock. */
  readonly us: number;
  /** From storage. */
  readonly bytes: number;
}

/** A query of each class, then the next of each. */
export function inTurn(classes: readonly QueryClass[]): readonly QueryClass[] {
  const most = Math.max(...classes.map(({ queries }) => queries.length));
  return Array.from({ length: most }, (_, i) =>
    classes.flatMap(({ name, queries }) =>
      i < queries.length ? [{ name, queries: [queries[i] ?? []] }] : [],
    ),
  ).flat();
}

/** As the driver of Lucene reads them: class, tab, words, a line each. */
export function writeQueries(path: string, classes: readonly QueryClass[]): void {
  const lines = classes.flatMap(({ name, queries }) =>
    queries.map((words) => `${name}\t${words.join(' ')}\n`),
  );
  writeFileSync(path, lines.join(''));
}

export function readQueries(path: string): readonly QueryClass[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', words = ''] = line.split('\t');
      return { name, queries: [words.split(' ')] };
    });
}
