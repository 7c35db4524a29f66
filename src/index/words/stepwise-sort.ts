/** Sorting in steps, between which others have their turn: runs one by one, then merged two by two. */

const RUN = 4096;
/** Numbers moved between two pauses of a merge. */
const MOVES_A_STEP = 16_384;

/** What is sorted, by its present place. */
export interface Sortable {
  readonly count: number;
  /** Puts the places of `run` in order; places outside stay. */
  readonly sortRun: (run: Uint32Array) => void;
  readonly isAbove: (a: number, b: number) => boolean;
}

/** The places 0 … count − 1 in ascending order of what stands there. */
export function* sortedPlaces({ count, sortRun, isAbove }: Sortable): Generator<void, Uint32Array> {
  let from = Uint32Array.from({ length: count }, (_, place) => place);
  let to = new Uint32Array(count <= RUN ? 0 : count);
  for (let first = 0; first < count; first += RUN) {
    sortRun(from.subarray(first, first + RUN));
    yield;
  }
  for (let width = RUN; width < count; width *= 2) {
    for (let first = 0; first < count; first += 2 * width) {
      const middle = Math.min(count, first + width);
      const past = Math.min(count, middle + width);
      yield* mergeRuns(from, to, { first, middle, past }, isAbove);
    }
    [from, to] = [to, from];
  }
  return from;
}

function* mergeRuns(
  from: Uint32Array,
  to: Uint32Array,
  { first, middle, past }: { readonly first: number; readonly middle: number; readonly past: number },
  isAbove: (a: number, b: number) => boolean,
): Generator<void> {
  let left = first;
  let right = middle;
  for (let at = first; at < past; at++) {
    const isRight = left === middle || (right < past && isAbove(from[left] as number, from[right] as number));
    to[at] = from[isRight ? right++ : left++] as number;
    if ((at - first) % MOVES_A_STEP === MOVES_A_STEP - 1) yield;
  }
  yield;
}
