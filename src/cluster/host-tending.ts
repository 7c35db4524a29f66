/** What a host looks after again and again while it is open. */

import { type Clock, isPeregrineError, type LogSink, messageOf } from '../base/index.ts';

/** Between looks at collections and at the balance. */
const LOOK_MS = 500;

export interface TendingParts {
  /** By what they look after, in their order. */
  readonly looks: Readonly<Record<string, () => Promise<void> | void>>;
  readonly clock: Clock;
  readonly log: LogSink;
}

/** Looks until the signal. A look that fails is told, and keeps no other one from its turn. */
export async function tendHost({ looks, clock, log }: TendingParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch((error: unknown) => {
      if (!isPeregrineError(error, 'CANCELLED')) throw error;
    });
    for (const [what, look] of Object.entries(looks)) {
      if (signal.aborted) return;
      try {
        await look();
      } catch (error) {
        log.write('warn', 'cluster.not-tended', { what, message: messageOf(error) });
      }
    }
  }
}
