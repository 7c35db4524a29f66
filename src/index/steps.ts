/** Work in steps, a generator that pauses between them: for those who can't wait, all of it at once. */

export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
