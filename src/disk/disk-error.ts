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
  DISK_FULL: 'The disk is full: free some space or move the data directory.',
  READ_ONLY: 'The file system is mounted read-only.',
};

/** A typed error for a system error name (`ENOENT`, `EIO` …) met by `operation`. Unknown names are `IO`. */
export function diskError(
  systemCode: string,
  operation: string,
  facts: ErrorFacts,
  cause?: unknown,
): PeregrineError {
  const code = CODES[systemCode] ?? 'IO';
  const sentence = SENTENCES[code] ?? `The file system refused (${systemCode}).`;
  return new PeregrineError(
    code,
    `${operation} of ${JSON.stringify(facts['file'])} failed. ${sentence}`,
    { ...facts, operation, system_code: systemCode },
    cause,
  );
}

/** The typed form of what `node:fs` threw. */
export function fromSystemError(error: unknown, operation: string, facts: ErrorFacts): PeregrineError {
  if (error instanceof PeregrineError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
  return diskError(code, operation, facts, error);
}

/** A file that was closed is asked for something. */
export function closedFile(operation: string, file: string): PeregrineError {
  return new PeregrineError('CLOSED', `${operation} of ${JSON.stringify(file)} came after its close.`, {
    file,
    operation,
  });
}
