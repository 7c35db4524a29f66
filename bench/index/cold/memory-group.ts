/**
 * A memory cgroup of Linux, version 1: bounds what a process takes from the moment on at which it joins, pages of files that
 * the system caches for it included.
 */

import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup/memory';

/** In bytes. */
export interface GroupMemory {
  /** Of the processes' own. */
  readonly held_bytes: number;
  /** Pages of files. */
  readonly cached_bytes: number;
}

export class MemoryGroup {
  readonly #path: string;

  constructor(name: string, limit_bytes: number) {
    this.#path = join(ROOT, `peregrine-bench-${process.pid}-${name}`);
    mkdirSync(this.#path);
    this.#write('memory.limit_in_bytes', Math.floor(limit_bytes));
  }

  /** Whether there are such groups here, and this process may make them. */
  static get isAvailable(): boolean {
    try {
      accessSync(join(ROOT, 'memory.limit_in_bytes'), constants.R_OK);
      accessSync(ROOT, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  add(process_id: number): void {
    this.#write('cgroup.procs', process_id);
  }

  get memory(): GroupMemory {
    const stat = readFileSync(join(this.#path, 'memory.stat'), 'utf8');
    const of = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'mu').exec(stat)?.[1] ?? 0);
    return { held_bytes: of('rss'), cached_bytes: of('cache') };
  }

  /** After its last process has ended. */
  remove(): void {
    rmdirSync(this.#path);
  }

  #write(file: string, value: number): void {
    writeFileSync(join(this.#path, file), String(value));
  }
}
