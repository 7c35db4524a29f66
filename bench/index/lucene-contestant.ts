/** Lucene in a Java process of its own, spoken to a line at a time. */

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ColdSample } from './cold/cold-queries.ts';
import { cacheDirectory, unpackedPackage } from './debian-packages.ts';

type JavaProcess = ChildProcessByStdio<Writable, Readable, null>;
export type QueryMode = 'top' | 'scored' | 'count';

export class LuceneContestant {
  static readonly memory_mb = 64;
  readonly version: string;
  readonly #process: JavaProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(process: JavaProcess, version: string) {
    this.#process = process;
    this.version = version;
    this.#answers = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  }

  /**
   * Compiles the driver against Debian's Lucene and starts it. Needs a Java 11 or later with its compiler. What the virtual
   * machine is told of its memory may be other than usual, and what the C library below it is told.
   */
  static start(
    heap: readonly string[] = ['-Xmx3g'],
    environment: Readonly<Record<string, string>> = {},
  ): LuceneContestant {
    const folder = unpackedPackage('liblucene8-java');
    const jars = globSync('usr/share/java/lucene-{core,analyzers-common}-*.jar', { cwd: folder });
    if (jars.length === 0) {
      jars.push(
        ...globSync('usr/share/maven-repo/**/lucene-{core,analyzers-common}-8.[0-9]*.jar', { cwd: folder }),
      );
    }
    const classes = join(cacheDirectory, 'lucene-driver');
    mkdirSync(classes, { recursive: true });
    const path = [classes, ...jars.map((jar) => join(folder, jar))].join(':');
    const source = fileURLToPath(new URL('LuceneDriver.java', import.meta.url));
    const compiled = spawnSync('javac', ['-nowarn', '-d', classes, '-cp', path, source], {
      encoding: 'utf8',
    });
    if (compiled.status !== 0) {
      throw new Error(`The driver of Lucene does not compile: ${compiled.error?.message ?? compiled.stderr}`);
    }
    // The collector that costs least on few cores, to Lucene's advantage.
    const words = [...heap, '-XX:+UseSerialGC', '-cp', path, 'LuceneDriver'];
    const java = spawn('java', words, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    const version = /lucene-core-([\d.]+)\.jar/u.exec(jars.join(' '))?.[1] ?? 'unknown';
    return new LuceneContestant(java, version);
  }

  index(
    corpus: string,
    limit: number,
    folder: string,
  ): Promise<{ cpu_s: number; wall_s: number; documents: number }> {
    return this.#ask('index', corpus, limit, folder, LuceneContestant.memory_mb);
  }

  /** Merges to one segment and deletes some documents; answers with the size before the deletions, stored text aside. */
  async settle(folder: string, deletions: { first: number; every: number }): Promise<number> {
    const { bytes } = await this.#ask<{ bytes: number }>('settle', folder, deletions.first, deletions.every);
    return bytes;
  }

  get process_id(): number {
    return this.#process.pid ?? 0;
  }

  /** Its files are mapped into memory, as it does by itself, or read. */
  async open(folder: string, queryFile: string, access: 'mapped' | 'read' = 'mapped'): Promise<void> {
    await this.#ask('open', folder, queryFile, access);
  }

  /** Thread time of a query of the class, mean over the class. */
  async time_us(name: string, mode: QueryMode, least_ms: number): Promise<number> {
    return (await this.#ask<{ us: number }>('time', name, mode, least_ms)).us;
  }

  /** Gives the open index back. */
  async release(): Promise<void> {
    await this.#ask('close');
  }

  /** Each query of the file once, in its order. */
  async each(): Promise<readonly ColdSample[]> {
    return (await this.#ask<{ samples: ColdSample[] }>('each')).samples;
  }

  async hits(name: string): Promise<readonly number[]> {
    return (await this.#ask<{ hits: number[] }>('hits', name)).hits;
  }

  /** Names of the classes that are in the file. */
  async classes(): Promise<readonly string[]> {
    return (await this.#ask<{ classes: string[] }>('classes')).classes;
  }

  /** Resolves when the process has ended. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin.end();
    this.#process.kill();
    await ended;
  }

  async #ask<T>(...words: readonly (string | number)[]): Promise<T> {
    this.#process.stdin.write(`${words.join('\t')}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error('Lucene ended before it answered.');
    return JSON.parse(value) as T;
  }
}
