/**
 * Where merges work: on this thread, beside everything else, or on one of their own. Both do the same, part by part,
 * and tell the manifest nothing.
 */

import { Worker } from 'node:worker_threads';

import { errorOf, type ErrorMessage } from './merge-messages.ts';
import { type LogSink, must } from '../base/index.ts';
import { type Disk, RealDisk } from '../disk/index.ts';
import type { DatabaseName } from './databases.ts';
import type { PartEntry } from './manifest-state.ts';
import type { MergeBrake } from './merge-brake.ts';
import { mergePart, type MergeStep, type MergeStepResult } from './merge-part.ts';
import type { RunReader } from './run.ts';

/** A source as another thread can open it. */
export interface MergeSource {
  readonly number: number;
  readonly order: number;
  readonly consumed: Uint8Array | undefined;
  readonly parts: readonly PartEntry[];
  readonly paths: readonly string[];
}

export interface MergeRequest {
  readonly id: number;
  readonly root: string;
  readonly database: DatabaseName;
  readonly step: MergeStep;
  /** Newest first. */
  readonly sources: readonly MergeSource[];
  readonly brake: SharedArrayBuffer;
}

export type MergeReply =
  | { readonly id: number; readonly result: MergeStepResult | undefined }
  | { readonly id: number; readonly error: ErrorMessage };

export interface MergeExecutor {
  /** As {@link mergePart}. */
  merge(runs: readonly RunReader[], step: MergeStep, brake: MergeBrake): Promise<MergeStepResult | undefined>;
}

/** The thread ends when nothing has been merged for so long. */
const IDLE_MS = 5_000;

/**
 * The executor for a disk. Merges of `thread_bytes` and more move to another thread, where the disk is the operating
 * system's: no other can be opened there.
 */
export function mergeExecutorFor(disk: Disk, log: LogSink, thread_bytes: number): MergeExecutor {
  const here: MergeExecutor = { merge: (runs, step, brake) => mergePart(disk, runs, step, brake) };
  if (!(disk instanceof RealDisk)) return here;
  const thread = new MergeThread(disk.root, log);
  return {
    merge: (runs, step, brake) => {
      const size_bytes = runs.reduce((sum, { parts }) => sum + bytesOf(parts), 0);
      return (size_bytes < thread_bytes ? here : thread).merge(runs, step, brake);
    },
  };
}

class MergeThread implements MergeExecutor {
  readonly #root: string;
  readonly #log: LogSink;

  constructor(root: string, log: LogSink) {
    this.#root = root;
    this.#log = log;
  }

  async merge(
    runs: readonly RunReader[],
    step: MergeStep,
    brake: MergeBrake,
  ): Promise<MergeStepResult | undefined> {
    const sources = runs.map(({ entry, parts }): MergeSource => ({
      number: entry.number,
      order: entry.order,
      consumed: entry.consumed,
      parts: parts.map((part) => part.entry),
      paths: parts.map((part) => part.path),
    }));
    const request = { root: this.#root, database: step.database, step, sources, brake: brake.shared };
    const reply = await sharedThread(this.#log).call(request);
    if ('error' in reply) throw errorOf(reply.error);
    return reply.result;
  }
}

interface Waiting {
  readonly resolve: (reply: MergeReply) => void;
  readonly reject: (error: unknown) => void;
}

/** The one thread for the merges of this process. */
class SharedThread {
  readonly #log: LogSink;
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #idle: NodeJS.Timeout | undefined;

  constructor(log: LogSink) {
    this.#log = log;
  }

  call(request: Omit<MergeRequest, 'id'>): Promise<MergeReply> {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    worker.ref();
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ ...request, id } satisfies MergeRequest, []);
    });
  }

  #start(): Worker {
    const file = import.meta.url.endsWith('.ts') ? './merge-worker.ts' : './merge-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), { name: 'merge' });
    worker.on('message', (reply: MergeReply) => {
      const waiting = must(this.#waiting.get(reply.id), 'a merge that was asked for');
      this.#waiting.delete(reply.id);
      this.#rest();
      waiting.resolve(reply);
    });
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', (code) => this.#fail(worker, new Error(`The merge thread ended with code ${code}.`)));
    return worker;
  }

  /** With nothing to do it neither keeps the process alive nor its memory for long. */
  #rest(): void {
    if (this.#waiting.size > 0) return;
    const worker = this.#worker;
    worker?.unref();
    this.#idle = setTimeout(() => {
      if (this.#waiting.size > 0 || this.#worker !== worker) return;
      this.#worker = undefined;
      void worker?.terminate();
    }, IDLE_MS);
    this.#idle.unref();
  }

  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#log.write('error', 'storage.merge-thread-failed', { error: String(error) });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

let shared: SharedThread | undefined;

function sharedThread(log: LogSink): SharedThread {
  shared ??= new SharedThread(log);
  return shared;
}

function bytesOf(parts: RunReader['parts']): number {
  return parts.reduce((sum, { entry }) => sum + entry.size_bytes, 0);
}
