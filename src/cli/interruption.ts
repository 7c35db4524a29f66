/** Stopping well: the first signal asks the command to come to an end, a second one ends it at once. */

import { EXIT_INTERRUPTED } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/**
 * Signals this soon after the first are the same wish: npm sends its own to programs that a terminal has already told.
 */
const SAME_WISH_MS = 500;

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly happened: Promise<void>;
  /** Listens no longer. */
  release(): void;
}

export function listenForInterruption(terminal: Terminal): Interruption {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  let first_ms = 0;
  const release = terminal.onSignal(() => {
    if (!controller.signal.aborted) {
      first_ms = performance.now();
      controller.abort();
      resolve();
    } else if (performance.now() - first_ms > SAME_WISH_MS) {
      terminal.abandon(EXIT_INTERRUPTED);
    }
  });
  return { signal: controller.signal, happened: promise, release };
}
