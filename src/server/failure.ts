/** An error as it is told to a client. */

import type { ErrorCode, ErrorFacts } from '../base/index.ts';

export interface Failure {
  /** HTTP status. */
  readonly status: number;
  readonly code: ErrorCode;
  /** A sentence for a person. */
  readonly message: string;
  readonly facts: ErrorFacts;
}
