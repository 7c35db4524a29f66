/** A group of processes that the kernel of Linux keeps under a limit of memory, what they read from files included. */

import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Version {
  readonly root: string;
  readonly limit: string;
  readonly kills: string;
}

const VERSIONS: readonly Version[] = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', kills: 'memory.oom_control' },
  { root: '/sys/fs/cgroup', limit: 'memory.max', kills: 'memory.events' },
];

export class MemoryCgroup {
  readonly #folder: string;
  readonly #version: Version;

  private constructor(folder: string, version: Version) {
    this.#folder = folder;
    this.#version = version;
  }

  /** Undefined where none can be made: another system, or one that doesn't let this user. */
  static create(limit_bytes: number): MemoryCgroup | undefined {
    for (const version of VERSIONS) {
      const folder = join(version.root, `peregrine-${process.pid}`);
      try {
        mkdirSync(folder);
      } catch {
        continue;
      }
      try {
        accessSync(join(folder, version.kills), constants.R_OK);
        writeFileSync(join(folder, version.limit), String(limit_bytes));
        return new MemoryCgroup(folder, version);
      } catch {
        rmdirSync(folder);
      }
    }
    return undefined;
  }

  /** Of a command, the one that runs it, and all that it begins, in the group. */
  wrap(command: string, args: readonly string[]): readonly [string, readonly string[]] {
    const processes = join(this.#folder, 'cgroup.procs');
    return ['/bin/sh', ['-c', 'echo $$ > "$0" && exec "$@"', processes, command, ...args]];
  }

  /** Processes that the kernel ended because the group had no memory left. */
  get kills(): number {
    const text = readFileSync(join(this.#folder, this.#version.kills), 'utf8');
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Once all of its processes have ended. */
  remove(): void {
    rmdirSync(this.#folder);
  }
}
