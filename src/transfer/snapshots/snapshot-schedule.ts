/** Snapshots that a running server takes by itself. What it is to do stands in a file of the data directory. */

import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Clock, type LogSink, messageOf, PeregrineError, systemClock } from '../../base/index.ts';
import type { Engine } from '../../collection/index.ts';
import { openObjectStore } from './open-object-store.ts';
import { listSnapshots } from './snapshot-repository.ts';
import { takeSnapshot } from './take-snapshot.ts';

export const SCHEDULE_FILE = 'snapshot-schedule.json';
const SCHEDULE_VERSION = 1;

export interface SnapshotPlan {
  readonly version: number;
  /** A folder, or `s3://bucket/prefix`. */
  readonly place: string;
  readonly every_ms: number;
  /** The latest that stay. */
  readonly keep: number;
}

/** Time between two looks at the file and the clock. */
const LOOK_MS = 60_000;
/** After a failure it is tried again no sooner than this. */
const RETRY_MS = 600_000;

/** Undefined takes the plan away. */
export async function writePlan(
  dataDirectory: string,
  plan: Omit<SnapshotPlan, 'version'> | undefined,
): Promise<void> {
  const path = join(dataDirectory, SCHEDULE_FILE);
  if (plan === undefined) return rm(path, { force: true });
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(aside, JSON.stringify({ version: SCHEDULE_VERSION, ...plan }), {
    mode: 0o600,
    flush: true,
  });
  await rename(aside, path);
}

/** `CORRUPT`, `UNSUPPORTED_VERSION`. */
export async function readPlan(dataDirectory: string): Promise<SnapshotPlan | undefined> {
  const file = join(dataDirectory, SCHEDULE_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new PeregrineError('IO', messageOf(error), { file }, error);
  }
  let plan: SnapshotPlan;
  try {
    plan = JSON.parse(text) as SnapshotPlan;
  } catch (error) {
    throw new PeregrineError('CORRUPT', `${file} is no JSON.`, { file }, error);
  }
  if (plan.version === SCHEDULE_VERSION) return plan;
  throw new PeregrineError('UNSUPPORTED_VERSION', `${file} is of version ${plan.version}.`, { file });
}

/** Runs until it is closed. */
export class SnapshotSchedule {
  readonly #engine: Engine;
  readonly #log: LogSink;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #notBefore_ms = 0;

  constructor(engine: Engine, log: LogSink, clock: Clock = systemClock) {
    this.#engine = engine;
    this.#log = log;
    this.#clock = clock;
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#clock.now() >= this.#notBefore_ms) await this.#takeWhereDue();
      } catch (error) {
        this.#notBefore_ms = this.#clock.now() + RETRY_MS;
        this.#log.write('error', 'snapshot.failed', { message: messageOf(error) });
      }
      await this.#clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  /** Asks the store for the latest, so that a restart neither skips nor repeats one. */
  async #takeWhereDue(): Promise<void> {
    const plan = await readPlan((await this.#engine.status()).dataDirectory);
    if (plan === undefined) return;
    const store = await openObjectStore(plan.place, process.env);
    const latest = (await listSnapshots(store)).findLast(({ kind }) => kind === 'all');
    const due_ms = (latest?.createdAt_ms ?? -Infinity) + plan.every_ms;
    const now_ms = this.#clock.now();
    if (due_ms > now_ms) return;
    const taken = await takeSnapshot(this.#engine, store, { keep: plan.keep, now_ms });
    this.#log.write('info', 'snapshot.taken', { id: taken.id, documents: taken.documents });
  }
}
