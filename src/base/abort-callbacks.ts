/** Callbacks for the abort of a signal that many wait on at once: a signal looks through all its listeners for each new one. */

const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/** Has `callback` called once when `signal` aborts, unless the function returned is called before. */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  let waiting = callbacks.get(signal);
  if (waiting === undefined) {
    const all = new Set<() => void>();
    waiting = all;
    callbacks.set(signal, all);
    const callAll = (): void => {
      callbacks.delete(signal);
      for (const waiter of all) waiter();
    };
    signal.addEventListener('abort', callAll, { once: true });
  }
  // A function of its own for each, so that the same callback may wait twice.
  const waiter = (): void => callback();
  const own = waiting;
  own.add(waiter);
  return () => own.delete(waiter);
}
