/** Errors on their way from one thread to another: what a person and a program need of them, as plain data. */

import {
  type ErrorCode,
  type ErrorFacts,
  isPeregrineError,
  messageOf,
  PeregrineError,
} from '../base/index.ts';

export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
}

export function messageOfError(error: unknown): ErrorMessage {
  if (!isPeregrineError(error)) return { code: 'INTERNAL', message: messageOf(error), facts: {} };
  return { code: error.code, message: error.message, facts: error.facts };
}

export function errorOf({ code, message, facts }: ErrorMessage): PeregrineError {
  return new PeregrineError(code, message, facts);
}
