/** A clock of its own time on which nobody waits: a sleep moves it on, and is over at the next turn. */

import { ManualClock } from '../src/base/index.ts';

export class HastyClock extends ManualClock {
  /** Every sleep so far, in milliseconds. */
  readonly sleeps: number[] = [];

  override async sleep(delay_ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(delay_ms);
    const slept = super.sleep(delay_ms, signal);
    await Promise.all([slept, this.advance(delay_ms)]);
  }
}
