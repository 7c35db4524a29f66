/** The errors of this floor: what a file system says, as a code, a sentence and its facts. */

import { PeregrineError } from '../base/index.ts';
import type { ErrorCode, ErrorFacts } from '../base/index.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'NOT_FOUND',
  EEXIST: 'ALREADY_EXISTS',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EROFS: 'READ_ONLY',
};

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  NOT_FOUND: 'There is no such file or directory.',
  ALREADY_EXISTS: 'The name is taken already.',
  DISK_FULL: 'The disk is full: free some space on it, or take another one.',
  READ_ONLY:
    'The file system is mounted read-only: mount it for writing, or take a copy of the directory somewhere else and use that.',
};

const NOT_ALLOWED =
  'This user may not do that: run as the owner of the directory, or give the directory to this user (chown).';
/** Where the system's own name says more than our code. */
const SYSTEM_SENTENCES: Readonly<Record<string, string>> = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EMFILE: 'This process has as many files open as it may: raise the limit (ulimit -n, LimitNOFILE=).',
  ENFILE: 'The system has as many files open as it may.',
  ENOTDIR: 'Something in its path is no directory.',
};

/**
 * A typed error for a system error name (`ENOENT`, `EIO` …) met by `operation`. Unknown names are `IO`. `shown` is the file as a
 * person finds it, where that is not its path on the disk.
 */
export function diskError(
  systemCode: string,
  operation: string,
  facts: ErrorFacts,
  cause?: unknown,
  shown: unknown = facts['file'],
): PeregrineError {
  const code = CODES[systemCode] ?? 'IO';
  const sentence =
    SENTENCES[code] ?? SYSTEM_SENTENCES[systemCode] ?? `The file system refused (${systemCode}).`;
  const what = shown === undefined ? operation : `${operation} of ${JSON.stringify(shown)}`;
  return new PeregrineError(
    code,
    `${what} failed. ${sentence}`,
    { ...facts, operation, system_code: systemCode },
    cause,
  );
}

/** The typed form of what `node:fs` threw. */
export function fromSystemError(
  error: unknown,
  operation: string,
  facts: ErrorFacts,
  shown: unknown = facts['file'],
): PeregrineError {
  if (error instanceof PeregrineError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
  return diskError(code, operation, facts, error, shown);
}

/** What `node:fs` threw, wherever it was called, in the words of this floor; anything else as it is. */
export function wordsForSystemError(error: unknown): unknown {
  if (error instanceof PeregrineError || !(error instanceof Error)) return error;
  if (!('syscall' in error) || !('errno' in error)) return error;
  const isOfFiles = 'path' in error || ('code' in error && String(error.code) in CODES);
  if (!isOfFiles) return error;
  return fromSystemError(error, String(error.syscall), {
    file: 'path' in error ? String(error.path) : undefined,
  });
}

/** A file that was closed is asked for something. */
export function closedFile(operation: string, file: string): PeregrineError {
  return new PeregrineError('CLOSED', `${operation} of ${JSON.stringify(file)} came after its close.`, {
    file,
    operation,
  });
}
