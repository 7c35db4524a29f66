/** Xapian through Debian's Python binding, in a process of its own; nothing is installed. Time is that of its thread. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { writeFileSync } from 'node:fs';
import { unpackedPackage } from '../debian-packages.ts';
import type { QueryMode } from '../lucene-contestant.ts';
import type { Peer, PeerQuery, QueryKind } from './peer.ts';

export class XapianPeer implements Peer {
  readonly name = 'Xapian';
  readonly kinds: readonly QueryKind[] = ['term', 'and', 'or', 'phrase'];
  readonly #folder: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor(folder: string) {
    this.#folder = folder;
    const library = join(unpackedPackage('libxapian30'), 'usr/lib/x86_64-linux-gnu');
    const binding = join(unpackedPackage('python3-xapian'), 'usr/lib/python3/dist-packages');
    const script = fileURLToPath(new URL('xapian_driver.py', import.meta.url));
    this.#process = spawn('python3', [script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONPATH: binding, LD_LIBRARY_PATH: library },
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  index(documents: readonly string[]): Promise<number> {
    const corpus = join(this.#folder, 'xapian.txt');
    writeFileSync(corpus, documents.join('\n'));
    return this.#ask({ ask: 'index', corpus, folder: join(this.#folder, 'xapian') });
  }

  hits(query: PeerQuery): Promise<number> {
    return this.#ask({ ask: 'hits', query });
  }

  time_us(queries: readonly PeerQuery[], mode: QueryMode, least_ms: number): Promise<number> {
    return this.#ask({ ask: 'time', queries, mode, least_ms });
  }

  close(): void {
    this.#process.stdin.end();
    this.#process.kill();
  }

  async #ask(question: object): Promise<number> {
    this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error('Xapian ended before it answered.');
    return JSON.parse(value) as number;
  }
}
