/**
 * Which failed reads are tried again, how often and after what wait: one table of data and a pure decision. What is
 * damaged stays damaged and is never tried again; somebody who waits for an answer gets the error of the disk at once;
 * background work has the time to see whether a disk comes back.
 */

import { isPeregrineError, type Random } from '../base/index.ts';

/** Somebody waits for an answer, or nobody does. */
export type ReadPriority = 'interactive' | 'background';

/**
 * - `corrupt`: bytes came, and they are wrong.
 * - `io`: the disk could not read.
 * - `stuck`: the disk did not answer in time.
 * - `busy`: something that others give back is short, such as file handles.
 * - `memory`: there was no room for what is read.
 * - `fatal`: anything else; trying again changes nothing.
 */
export type ReadFailure = 'corrupt' | 'io' | 'stuck' | 'busy' | 'memory' | 'fatal';

export const UNLIMITED: number = Number.POSITIVE_INFINITY;

export interface RetryRule {
  /** Tries after the first one; {@link UNLIMITED} ends when the store closes. */
  readonly retries: number;
  /** A limit that the caller sets counts instead. */
  readonly isSettable?: boolean;
  /** Once the retries are used up, the page counts as damaged. */
  readonly becomesCorrupt?: boolean;
}

export const RETRY_TABLE: Readonly<Record<ReadFailure, Readonly<Record<ReadPriority, RetryRule>>>> = {
  corrupt: { interactive: { retries: 0 }, background: { retries: 0 } },
  io: { interactive: { retries: 0 }, background: { retries: 5, becomesCorrupt: true } },
  stuck: { interactive: { retries: 0 }, background: { retries: 0 } },
  busy: { interactive: { retries: 3 }, background: { retries: UNLIMITED } },
  memory: {
    interactive: { retries: 0, isSettable: true },
    background: { retries: 0, isSettable: true },
  },
  fatal: { interactive: { retries: 0 }, background: { retries: 0 } },
};

const FIRST_WAIT_MS = 10;
const WAIT_STEP_MS = 200;
const MAX_WAIT_MS = 10_000;
/** Up to this share of a wait is left out by chance, so that many readers don't come back in one moment. */
const JITTER = 0.25;

/** System errors that say "not now". */
const BUSY_CODES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR', 'EBUSY']);

/** To which row of the table an error belongs. */
export function failureOf(error: unknown): ReadFailure {
  if (error instanceof RangeError) return 'memory';
  if (!isPeregrineError(error)) return 'fatal';
  if (error.code === 'CORRUPT') return 'corrupt';
  if (error.code === 'DEADLINE') return 'stuck';
  if (error.code === 'OUT_OF_MEMORY') return 'memory';
  if (error.code === 'QUEUE_FULL') return 'busy';
  if (error.code !== 'IO') return 'fatal';
  const { system_code } = error.facts;
  if (system_code === 'ENOMEM') return 'memory';
  if (system_code === 'ETIMEDOUT') return 'stuck';
  return BUSY_CODES.has(system_code) ? 'busy' : 'io';
}

export interface FailedRead {
  readonly failure: ReadFailure;
  readonly priority: ReadPriority;
  /** Retries that were made already. */
  readonly retries: number;
  /** The caller's own limit, for the rows that take one. */
  readonly maxRetries?: number | undefined;
  readonly isShuttingDown: boolean;
}

export type RetryDecision =
  | { readonly action: 'retry'; readonly wait_ms: number }
  | { readonly action: 'fail'; readonly asCorrupt: boolean };

/** What follows a failed read. */
export function decideRetry(read: FailedRead, random: Random): RetryDecision {
  const rule = RETRY_TABLE[read.failure][read.priority];
  let limit = rule.retries;
  if (rule.isSettable === true && read.maxRetries !== undefined) limit = read.maxRetries;
  if (read.isShuttingDown && limit === UNLIMITED) limit = 0;
  if (read.retries >= limit) return { action: 'fail', asCorrupt: rule.becomesCorrupt === true };
  return { action: 'retry', wait_ms: waitBefore(read.retries + 1, random) };
}

/** The wait before the `n`th retry, from 1: 10 ms, then 200 ms × n, at most 10 s, less up to a quarter by chance. */
export function waitBefore(n: number, random: Random): number {
  const wait_ms = n === 1 ? FIRST_WAIT_MS : Math.min(MAX_WAIT_MS, WAIT_STEP_MS * n);
  return wait_ms * (1 - JITTER * random.unit());
}
