/** SQLite's FTS5 as Node brings it: best by bm25, in a file, its cache as large as the other engines' memory. */

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { QueryMode } from '../lucene-contestant.ts';
import { cpuOf_s, type Peer, type PeerQuery, type QueryKind, timeOnThread_us } from './peer.ts';

const BATCH = 1000;

export class SqlitePeer implements Peer {
  readonly name = 'SQLite FTS5';
  readonly kinds: readonly QueryKind[] = ['term', 'and', 'or', 'phrase'];
  readonly #database: DatabaseSync;
  readonly #best: StatementSync;
  readonly #count: StatementSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec('pragma journal_mode = wal; pragma cache_size = -262144');
    this.#database.exec(`create virtual table pages using fts5(text, content='')`);
    this.#best = this.#database.prepare('select rowid from pages where pages match ? order by rank limit 10');
    this.#count = this.#database.prepare('select count(*) as count from pages where pages match ?');
  }

  index(documents: readonly string[]): Promise<number> {
    const insert = this.#database.prepare('insert into pages(rowid, text) values (?, ?)');
    return cpuOf_s(() => {
      for (let from = 0; from < documents.length; from += BATCH) {
        this.#database.exec('begin');
        for (let i = from; i < Math.min(documents.length, from + BATCH); i++)
          insert.run(i, documents[i] ?? '');
        this.#database.exec('commit');
      }
      this.#database.exec(`insert into pages(pages) values ('optimize')`);
    });
  }

  hits(query: PeerQuery): Promise<number> {
    return Promise.resolve(Number(this.#count.get(textOf(query))?.['count']));
  }

  time_us(queries: readonly PeerQuery[], mode: QueryMode, least_ms: number): Promise<number> {
    const statement = mode === 'count' ? this.#count : this.#best;
    return timeOnThread_us(queries, least_ms, (query) => statement.all(textOf(query)));
  }

  close(): void {
    this.#database.close();
  }
}

function textOf({ kind, words }: PeerQuery): string {
  if (kind === 'phrase') return `"${words.join(' ')}"`;
  return words.map((word) => `"${word}"`).join(kind === 'or' ? ' OR ' : ' AND ');
}
