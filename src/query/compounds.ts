/** Compounds of languages that write them in one word, taken apart by the words that the collection holds. */

/** Letters that stand between the parts, by language, and endings that the first part may have lost before them. */
const JOINTS: Readonly<
  Record<string, { readonly between: readonly string[]; readonly lost: readonly string[] }>
> = {
  de: { between: ['', 's', 'n', 'en', 'es', 'er', 'e'], lost: ['e'] },
  nl: { between: ['', 's', 'en', 'e', 'n'], lost: [] },
  sv: { between: ['', 's'], lost: ['a', 'e'] },
  da: { between: ['', 's', 'e'], lost: [] },
  no: { between: ['', 's', 'e'], lost: [] },
  fi: { between: [''], lost: ['nen'] },
};

const LEAST_COMPOUND = 8;
const LEAST_PART = 4;
/** Longer words are names of their own, or none. */
const LONGEST_COMPOUND = 40;
/** Parts of a part: `Krankenhausverwaltung` has three. */
const MAX_DEPTH = 2;

/** Whether the language writes compounds in one word. */
export function hasCompounds(language: string): boolean {
  return JOINTS[language] !== undefined;
}

/**
 * The parts of a folded compound, of several ways to cut it those whose rarest part is the least rare; empty for what is
 * none. `frequency`: documents that hold a folded word.
 */
export function partsOfCompound(
  word: string,
  language: string,
  frequency: (word: string) => number,
  depth: number = MAX_DEPTH,
): readonly string[] {
  const joints = JOINTS[language];
  const letters = Array.from(word);
  if (joints === undefined || letters.length < LEAST_COMPOUND || letters.length > LONGEST_COMPOUND) return [];
  let best: readonly string[] = [];
  let most = 0;
  for (let at = LEAST_PART; at <= letters.length - LEAST_PART; at++) {
    const tail = letters.slice(at).join('');
    const tailHeld = frequency(tail);
    if (tailHeld <= most) continue;
    const head = headOf(letters.slice(0, at).join(''), joints, frequency);
    const least = Math.min(tailHeld, head === undefined ? 0 : frequency(head));
    if (head === undefined || least <= most) continue;
    most = least;
    best = [head, tail];
  }
  if (depth <= 1) return best;
  return best.flatMap((part) => {
    const parts = partsOfCompound(part, language, frequency, depth - 1);
    return parts.length === 0 ? [part] : parts;
  });
}

/** The word that the first letters of a compound stand for. */
function headOf(
  head: string,
  { between, lost }: { readonly between: readonly string[]; readonly lost: readonly string[] },
  frequency: (word: string) => number,
): string | undefined {
  const candidates = between
    .filter((joint) => head.endsWith(joint))
    .map((joint) => head.slice(0, head.length - joint.length))
    .flatMap((stem) => ['', ...lost].map((ending) => stem + ending))
    .filter((candidate) => candidate.length >= LEAST_PART);
  let best: string | undefined;
  let most = 0;
  for (const candidate of candidates) {
    const held = frequency(candidate);
    if (held <= most) continue;
    most = held;
    best = candidate;
  }
  return best;
}
