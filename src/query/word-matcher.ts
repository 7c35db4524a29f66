/** Finds the words of a query in a document's text, in any form that the index would find them in. */

import { foldWord, scanWords, stem, stemsKeepTheStart, stemsOf } from '../text/index.ts';

/** A word that is looked for. */
export interface SoughtWord {
  /** Folded. */
  readonly word: string;
  /** With diacritics. */
  readonly form: string;
  /** How much finding it says: weight × idf. Positive. */
  readonly importance: number;
  /** Place in the query: neighbours there are to be neighbours in the text. */
  readonly place: number;
  /** Says nothing by itself (`of`): worth a mark only beside a neighbour. */
  readonly isSmall: boolean;
}

/** An occurrence: `text.slice(start, end)` is a form of sought word number `sought`. */
export interface WordMatch {
  readonly start: number;
  readonly end: number;
  readonly sought: number;
  /** Number of the token in the text. */
  readonly token: number;
}

/** Spellings whose answer is remembered. */
const MEMORY = 20_000;

/** Words of scripts without spaces: never stemmed, and dear to cut texts into. */
const CONTINUOUS =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+$/u;

export class WordMatcher {
  readonly words: readonly SoughtWord[];
  readonly #language: string;
  readonly #byWord = new Map<string, number>();
  readonly #byStem = new Map<string, number>();
  readonly #known = new Map<string, number>();
  /** First letters of what is sought, where a word that begins with another need not be stemmed: most of them. */
  readonly #starts: ReadonlySet<string> | undefined;
  /** The same by the ASCII letter or digit that a word begins with, 1 where it may be sought. */
  readonly #asciiStarts: Uint8Array | undefined;
  /** Where nothing but such words is sought, their letters: a text that lacks one of each word need not be cut at all. */
  readonly #letters: readonly (readonly string[])[] | undefined;

  /** `language` is that of the document: its words were stemmed by it. */
  constructor(words: readonly SoughtWord[], language: string) {
    this.words = words;
    this.#language = language;
    const telling = words.filter(({ isSmall }) => !isSmall).map(({ word }) => word);
    this.#letters = telling.every((word) => CONTINUOUS.test(word))
      ? telling.map((word) => Array.from(word))
      : undefined;
    words.forEach(({ word, form }, i) => {
      if (!this.#byWord.has(word)) this.#byWord.set(word, i);
      for (const key of [...stemsOf(form, language), stem(word, language)]) {
        if (!this.#byStem.has(key)) this.#byStem.set(key, i);
      }
    });
    this.#starts = stemsKeepTheStart(language)
      ? new Set([...this.#byStem.keys(), ...this.#byWord.keys()].map((key) => key.charAt(0)))
      : undefined;
    this.#asciiStarts = this.#starts && asciiStartsOf(this.#starts);
  }

  /** All occurrences in `text`, in order, at most `limit`. */
  find(text: string, limit: number): WordMatch[] {
    const matches: WordMatch[] = [];
    if (this.words.length === 0 || limit <= 0) return matches;
    if (this.#letters !== undefined) {
      // As words are folded; what folding drops may stand between letters.
      const folded = text.normalize('NFKC');
      const canHold = (letters: readonly string[]): boolean =>
        letters.every((letter) => folded.includes(letter));
      if (!this.#letters.some(canHold)) return matches;
    }
    let token = 0;
    const starts = this.#asciiStarts;
    scanWords(text, (start, end) => {
      // Most words begin otherwise than what is sought: no string is made of them.
      const first = text.charCodeAt(start);
      const canBe = starts === undefined || first >= starts.length || starts[first] === 1;
      const sought = canBe ? this.#soughtBy(text.slice(start, end)) : -1;
      if (sought >= 0) matches.push({ start, end, sought, token });
      token += 1;
      return matches.length < limit;
    });
    return matches;
  }

  /** Matches that are worth a mark: all but small words without a neighbour. */
  worthMarking(matches: readonly WordMatch[]): WordMatch[] {
    return matches.filter((match, i) => {
      if (this.words[match.sought]?.isSmall !== true) return true;
      return this.areNeighbours(matches[i - 1], match) || this.areNeighbours(match, matches[i + 1]);
    });
  }

  /** True where two matches stand side by side in the text as in the query. */
  areNeighbours(left: WordMatch | undefined, right: WordMatch | undefined): boolean {
    if (left === undefined || right === undefined || right.token !== left.token + 1) return false;
    return this.words[right.sought]?.place === (this.words[left.sought]?.place ?? 0) + 1;
  }

  /** Number of the sought word of which `raw` is a form, or -1. */
  #soughtBy(raw: string): number {
    const known = this.#known.get(raw);
    if (known !== undefined) return known;
    const { word, form } = foldWord(raw);
    const sought = this.#byWord.get(word) ?? this.#soughtByStem(word, form);
    if (this.#known.size < MEMORY) this.#known.set(raw, sought);
    return sought;
  }

  #soughtByStem(word: string, form: string): number {
    if (this.#starts?.has(word.charAt(0)) === false) return -1;
    for (const key of stemsOf(form, this.#language)) {
      const sought = this.#byStem.get(key);
      if (sought !== undefined) return sought;
    }
    return this.#byStem.get(stem(word, this.#language)) ?? -1;
  }
}

const ASCII = 128;

/** Of ASCII characters that folding leaves as they are but for their case; 1 for all others. */
function asciiStartsOf(starts: ReadonlySet<string>): Uint8Array {
  return Uint8Array.from({ length: ASCII }, (_, unit) => {
    const letter = String.fromCharCode(unit).toLowerCase();
    return !/[a-z0-9]/.test(letter) || starts.has(letter) ? 1 : 0;
  });
}
