/** Hosts of a cluster as real processes of the program, to be killed, stopped and started again. */

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

import type { ShardDirectory } from '../src/cluster/index.ts';

export interface HostProcess {
  readonly name: string;
  readonly origin: string;
  readonly key: string;
  /** Starts, and resolves when it serves. */
  start(): Promise<void>;
  /** `kill -9`, and gone when it resolves. */
  kill(): Promise<void>;
  /** Asked to end, and gone when it resolves. */
  stop(): Promise<void>;
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
  /** What it has logged. */
  readonly log: string;
}

const MAIN = new URL('../src/cli/main.ts', import.meta.url).pathname;
const START_MS = 60_000;
const WHOLE_MS = 120_000;

export function hostProcess(
  name: string,
  directory: string,
  servers: readonly string[],
  shards: number,
  more: readonly string[] = [],
): HostProcess {
  let child: ChildProcess | undefined;
  let output = '';
  let log = '';
  let key = '';
  const originOf = (): string => /Search at (http:\/\/[^/\s]+)/.exec(output)?.[1] ?? '';
  const keyOf = (): string => /^Admin key: (\S+)\n/m.exec(output)?.[1] ?? key;
  const end = async (by: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const over = new Promise((resolve) => running.once('exit', resolve));
    running.kill(by);
    await over;
  };
  return {
    name,
    get origin() {
      return originOf();
    },
    get key() {
      return key;
    },
    get log() {
      return log;
    },
    async start() {
      output = '';
      const flags = [
        'serve',
        '--cluster',
        servers.join(','),
        '--host-name',
        name,
        '--shards',
        String(shards),
      ];
      const own = [
        '--data-dir',
        join(directory, name),
        '--port',
        '0',
        '--memory',
        '256MB',
        '--verbose',
        ...more,
      ];
      const started = spawn(process.execPath, [MAIN, ...flags, ...own], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      started.stdout.on('data', (text: Buffer) => (output += text.toString()));
      started.stderr.on('data', (text: Buffer) => (log += text.toString()));
      // The key is said once, a moment behind the address.
      for (let waited_ms = 0; originOf() === '' || keyOf() === ''; waited_ms += 50) {
        if (waited_ms > START_MS || started.exitCode !== null)
          throw new Error(`host ${name} does not serve: ${log}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      key = keyOf();
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    signal(which) {
      child?.kill(which);
    },
  };
}

/** Seconds until every shard has all of its mirrors in sync. */
export async function whole(directory: ShardDirectory, shards: number, copies: number): Promise<number> {
  const began_ms = performance.now();
  for (;;) {
    const records = directory.all();
    const isWhole =
      records.length === shards &&
      records.every(({ inSync, members }) => members.length === copies && inSync.length === copies);
    if (isWhole) return (performance.now() - began_ms) / 1000;
    if (performance.now() - began_ms > WHOLE_MS)
      throw new Error(`The cluster does not become whole: ${JSON.stringify(records)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
