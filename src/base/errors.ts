/** Typed errors: what a caller can meet has a stable code, a sentence for a person and its facts as fields. */

/** Every code that a caller may meet. Codes are stable: scripts and clients match on them. */
export type ErrorCode =
  // Input
  | 'BAD_ARGUMENT'
  | 'BAD_ENCODING'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_TYPE'
  | 'PARSE_FAILED'
  | 'PARSE_TIMEOUT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  // Storage
  | 'CORRUPT'
  | 'UNSUPPORTED_VERSION'
  | 'IO'
  | 'DISK_FULL'
  | 'READ_ONLY'
  | 'LOCKED'
  | 'CLOSED'
  | 'DOC_ID_EXHAUSTED'
  // Flow
  | 'CANCELLED'
  | 'DEADLINE'
  | 'QUEUE_FULL'
  | 'UNAVAILABLE'
  | 'OUT_OF_MEMORY'
  // Crawl
  | 'ADDRESS_REFUSED'
  | 'ROBOTS_FORBIDDEN'
  | 'FETCH_FAILED'
  | 'FETCH_TIMEOUT'
  | 'REDIRECT_LOOP'
  // Access
  | 'UNAUTHORISED'
  | 'FORBIDDEN'
  | 'RUNTIME_TOO_OLD'
  | 'INTERNAL';

/** The facts of an error. Values are what a person or a program can use: file, offset, key, url, limit. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** An error that a caller can meet. `message` is a sentence that says what to do where something can be done. */
export class PeregrineError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PeregrineError';
    this.code = code;
    this.facts = facts;
  }

  /** The form that crosses threads, sockets and logs. */
  toJSON(): { code: ErrorCode; message: string; facts: ErrorFacts } {
    return { code: this.code, message: this.message, facts: this.facts };
  }
}

/** True when `error` is a {@link PeregrineError}, of `code` where one is given. */
export function isPeregrineError(error: unknown, code?: ErrorCode): error is PeregrineError {
  return error instanceof PeregrineError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Stops on what can't happen: a broken invariant is a defect of ours, not an input of theirs. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new PeregrineError('INTERNAL', `Invariant broken: ${message}. Please report this.`);
}

/** A value that must be there: an index inside bounds, a key just put. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) {
    throw new PeregrineError('INTERNAL', `Invariant broken: ${what} is missing. Please report this.`);
  }
  return value;
}
