/** Work that outlives the request that asked for it: how far it is, what came of it, and a way to call it off. */

import { type Clock, messageOf, PeregrineError } from '../base/index.ts';

export interface TaskProgress {
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

export interface TaskState {
  readonly id: string;
  readonly name: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly startedAt_ms: number;
  /** 0 while it runs. */
  readonly endedAt_ms: number;
  readonly progress: TaskProgress;
  /** What it found or did, a sentence each. */
  readonly sentences: readonly string[];
  /** False where something is wrong. */
  readonly isSound: boolean;
}

export interface TaskOutcome {
  readonly sentences: readonly string[];
  readonly isSound: boolean;
}

export type TaskWork = (
  onProgress: (progress: TaskProgress) => void,
  signal: AbortSignal,
) => Promise<TaskOutcome>;

/** Ended tasks that are remembered. */
const TASKS_KEPT = 50;
const SENTENCES_KEPT = 1_000;
const RUNNING_MAX = 8;

interface Task {
  state: TaskState;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

export class BackgroundTasks {
  readonly #clock: Clock;
  readonly #tasks = new Map<string, Task>();
  #made = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins `work` and returns its id. `ALREADY_EXISTS` while a task of the same name runs, `QUEUE_FULL`. */
  start(name: string, work: TaskWork): string {
    const running = [...this.#tasks.values()].filter(({ state }) => state.state === 'running');
    if (running.some(({ state }) => state.name === name)) {
      throw new PeregrineError('ALREADY_EXISTS', `“${name}” is under way already.`);
    }
    if (running.length >= RUNNING_MAX) {
      throw new PeregrineError('QUEUE_FULL', `${RUNNING_MAX} tasks are under way; wait for one to end.`);
    }
    this.#made += 1;
    const id = String(this.#made);
    const controller = new AbortController();
    const state: TaskState = {
      id,
      name,
      state: 'running',
      startedAt_ms: this.#clock.now(),
      endedAt_ms: 0,
      progress: { done: 0, total: 0, what: '' },
      sentences: [],
      isSound: true,
    };
    this.#tasks.set(id, { state, controller, ended: this.#run(id, work, controller.signal) });
    this.#forgetOldest();
    return id;
  }

  /** The newest first. */
  list(): readonly TaskState[] {
    return [...this.#tasks.values()].map(({ state }) => state).toReversed();
  }

  cancel(id: string): void {
    const task = this.#tasks.get(id);
    if (task === undefined) throw new PeregrineError('NOT_FOUND', `There is no task ${id}.`);
    task.controller.abort();
  }

  /** Calls off what runs, and waits for it. */
  async close(): Promise<void> {
    for (const { controller } of this.#tasks.values()) controller.abort();
    await Promise.all([...this.#tasks.values()].map(({ ended }) => ended));
  }

  async #run(id: string, work: TaskWork, signal: AbortSignal): Promise<void> {
    // The task stands in the table before its work begins.
    await Promise.resolve();
    try {
      const { sentences, isSound } = await work((progress) => this.#change(id, { progress }), signal);
      this.#end(id, { state: 'done', sentences: sentences.slice(0, SENTENCES_KEPT), isSound });
    } catch (error) {
      const state = signal.aborted ? 'cancelled' : 'failed';
      this.#end(id, { state, sentences: [messageOf(error)], isSound: state === 'cancelled' });
    }
  }

  #end(id: string, changes: Partial<TaskState>): void {
    this.#change(id, { ...changes, endedAt_ms: this.#clock.now() });
  }

  #change(id: string, changes: Partial<TaskState>): void {
    const task = this.#tasks.get(id);
    if (task !== undefined) task.state = { ...task.state, ...changes };
  }

  #forgetOldest(): void {
    for (const [id, { state }] of this.#tasks) {
      if (this.#tasks.size <= TASKS_KEPT) return;
      if (state.state !== 'running') this.#tasks.delete(id);
    }
  }
}
