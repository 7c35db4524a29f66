/** Words that mean the same, by a user's table: read from lines, asked at query time. */

import { stem } from './stemmer.ts';
import { type Token, tokenize } from './tokenizer.ts';

/** Rules of a table, sides of a rule, words of a side, characters of a table: more is a problem of its line. */
const MAX_SYNONYM_RULES = 20_000;
export const MAX_SYNONYM_SIDES = 64;
const MAX_SYNONYM_WORDS = 8;
const MAX_SYNONYM_TEXT = 2_097_152;
/** Languages whose stems a table is held by at once. */
const MAX_LANGUAGES = 16;

/** What a line that was left out is told by. */
export interface SynonymProblem {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** Words of a query that mean the same as others. */
export interface SynonymMatch {
  /** Index of the first word that was matched, and how many were. */
  readonly start: number;
  readonly length: number;
  /** What means the same: each as its tokens, in the order of the table, none twice, never what was asked. */
  readonly alternatives: readonly (readonly Token[])[];
}

type Word = Pick<Token, 'word' | 'form'>;
type Phrase = readonly Token[];

interface Rule {
  readonly from: readonly Phrase[];
  readonly to: readonly Phrase[];
}

interface Branch {
  readonly next: Map<string, Branch>;
  readonly rules: Rule[];
}

/**
 * A table is lines. `car, automobile, motor car` are the same each way; `laptop => notebook, portable computer` finds
 * what stands behind the arrow for what stands before it, not the other way; what was asked is searched as well. `#`
 * begins a comment. Words match in any form of theirs (`cars`), as the stemmer of the query's language has it.
 */
export class SynonymTable {
  static readonly EMPTY: SynonymTable = new SynonymTable([]);
  readonly #rules: readonly Rule[];
  readonly #tries = new Map<string, Branch>();

  private constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** The table in `text`, and the lines that are no rules. Never throws. */
  static parse(text: string): { table: SynonymTable; problems: readonly SynonymProblem[] } {
    const rules: Rule[] = [];
    const problems: SynonymProblem[] = [];
    if (text.length > MAX_SYNONYM_TEXT) {
      problems.push({ line: 1, reason: `the table has more than ${MAX_SYNONYM_TEXT} characters` });
      return { table: SynonymTable.EMPTY, problems };
    }
    text.split(/\r\n?|\n/).forEach((content, i) => {
      const said = content.replace(/(?:^|\s)#.*$/, '').trim();
      if (said === '') return;
      const read = rules.length >= MAX_SYNONYM_RULES ? 'the table has too many rules' : readRule(said);
      if (typeof read === 'string') problems.push({ line: i + 1, reason: read });
      else rules.push(read);
    });
    return { table: new SynonymTable(rules), problems };
  }

  get size(): number {
    return this.#rules.length;
  }

  /**
   * What of `words` (the tokens of a query, in order) means the same as something else: at each word the longest match,
   * its parts not again. `language` is the query's, empty where unknown.
   */
  expand(words: readonly Word[], language = ''): SynonymMatch[] {
    if (this.#rules.length === 0) return [];
    const trie = this.#trieOf(language);
    const matches: SynonymMatch[] = [];
    for (let start = 0; start < words.length;) {
      const { rules, length } = longestMatch(trie, words, start, language);
      const alternatives = alternativesOf(rules, words.slice(start, start + length), language);
      if (alternatives.length > 0) matches.push({ start, length, alternatives });
      start += Math.max(1, length);
    }
    return matches;
  }

  #trieOf(language: string): Branch {
    const known = this.#tries.get(language);
    if (known !== undefined) return known;
    if (this.#tries.size >= MAX_LANGUAGES) this.#tries.clear();
    const root: Branch = { next: new Map(), rules: [] };
    for (const rule of this.#rules) for (const phrase of rule.from) plant(root, phrase, rule, language);
    this.#tries.set(language, root);
    return root;
  }
}

function readRule(line: string): Rule | string {
  const [before = '', after, ...more] = line.split('=>');
  if (more.length > 0) return 'it has two arrows';
  const from = readSides(before);
  const to = after === undefined ? from : readSides(after);
  if (typeof from === 'string') return from;
  if (typeof to === 'string') return to;
  if (after === undefined && from.length < 2) return 'a word alone means the same as nothing else';
  return { from, to };
}

function readSides(text: string): Phrase[] | string {
  const sides = text.split(',').map((side) => tokenize(side, MAX_SYNONYM_WORDS + 1));
  if (sides.length > MAX_SYNONYM_SIDES) return `it has more than ${MAX_SYNONYM_SIDES} sides`;
  if (sides.some((side) => side.length === 0)) return 'a side has no words';
  if (sides.some((side) => side.length > MAX_SYNONYM_WORDS))
    return `a side has more than ${MAX_SYNONYM_WORDS} words`;
  return sides;
}

function plant(root: Branch, phrase: Phrase, rule: Rule, language: string): void {
  grow(
    root,
    phrase.map(({ form }) => stem(form, language)),
    rule,
  );
  // As somebody types it who leaves the diacritics out.
  if (phrase.some(({ word, form }) => word !== form)) {
    grow(
      root,
      phrase.map(({ word }) => stem(word, language)),
      rule,
    );
  }
}

function grow(root: Branch, keys: readonly string[], rule: Rule): void {
  let branch = root;
  for (const key of keys) {
    const next: Branch = branch.next.get(key) ?? { next: new Map(), rules: [] };
    branch.next.set(key, next);
    branch = next;
  }
  if (!branch.rules.includes(rule)) branch.rules.push(rule);
}

function longestMatch(
  root: Branch,
  words: readonly Word[],
  start: number,
  language: string,
): { rules: readonly Rule[]; length: number } {
  let branch: Branch | undefined = root;
  let found: { rules: readonly Rule[]; length: number } = { rules: [], length: 0 };
  for (let i = start; i < words.length; i++) {
    const { word, form } = words[i] as Word;
    branch = branch.next.get(stem(form, language)) ?? branch.next.get(stem(word, language));
    if (branch === undefined) break;
    if (branch.rules.length > 0) found = { rules: branch.rules, length: i + 1 - start };
  }
  return found;
}

function alternativesOf(rules: readonly Rule[], asked: readonly Word[], language: string): Phrase[] {
  const keyOf = (phrase: readonly Word[]): string => phrase.map(({ form }) => stem(form, language)).join(' ');
  const seen = new Set([keyOf(asked)]);
  const alternatives: Phrase[] = [];
  for (const phrase of rules.flatMap(({ to }) => to)) {
    const key = keyOf(phrase);
    if (seen.has(key)) continue;
    seen.add(key);
    alternatives.push(phrase);
  }
  return alternatives;
}
