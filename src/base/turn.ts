/** Turns of the event loop. */

/** Goes on in the next turn, behind everything that waits for nothing but its own. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
