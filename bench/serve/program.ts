/** The program as its users start it: a process of its own, reached over the loopback. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Agent, request } from 'undici';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export class Program {
  readonly origin: string;
  readonly #process: ChildProcess;
  readonly #key: string;
  readonly #agent = new Agent({ connections: 8 });

  private constructor(process: ChildProcess, origin: string, key: string) {
    this.#process = process;
    this.origin = origin;
    this.#key = key;
  }

  /** Resolves when it serves. A data directory tells its key once only: `known` is that of an earlier start. */
  static async start(dataDirectory: string, known?: Program): Promise<Program> {
    const child = spawn(process.execPath, [MAIN, 'serve', '--data-dir', dataDirectory, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { origin, key } = await new Promise<{ origin: string; key: string }>((resolve, reject) => {
      let printed = '';
      child.stdout.on('data', (bytes: Buffer) => {
        printed += bytes.toString();
        const origin = /^Search at (\S+?)\/?$/m.exec(printed)?.[1];
        const key = known === undefined ? /^Admin key: (\S+)$/m.exec(printed)?.[1] : known.#key;
        if (origin !== undefined && key !== undefined) resolve({ origin, key });
      });
      child.on('exit', (code) => reject(new Error(`the program ended with ${code}`)));
    });
    return new Program(child, origin, key);
  }

  get resident_bytes(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  async inject(pages: readonly { readonly url: string; readonly content: string }[]): Promise<void> {
    const { statusCode, body } = await request(`${this.origin}/inject?wait=durable`, {
      dispatcher: this.#agent,
      method: 'POST',
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/x-ndjson' },
      body: pages.map((page) => JSON.stringify(page)).join('\n'),
      headersTimeout: 0,
    });
    const { injected } = (await body.json()) as { injected: number };
    if (statusCode !== 200 || injected !== pages.length)
      throw new Error(`${injected} of ${pages.length} pages went in`);
  }

  /** Asks as one patient client; how long each answer took, ms. */
  async ask(path: string): Promise<number> {
    const start_ms = performance.now();
    const { statusCode, body } = await request(`${this.origin}${path}`, { dispatcher: this.#agent });
    await body.dump({ limit: 10_000_000 });
    if (statusCode !== 200) throw new Error(`${path} was answered with ${statusCode}`);
    return performance.now() - start_ms;
  }

  /** Asks it to end, or ends it; how long that took, ms. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number> {
    await this.#agent.close();
    const start_ms = performance.now();
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill(signal);
    await ended;
    return performance.now() - start_ms;
  }
}
