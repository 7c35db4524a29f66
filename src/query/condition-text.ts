/** Conditions of a query in words that a person knows: the index has hashes only, the query tells what they stand for. */

import { META_VALUE, META_WORD, metaTerm } from '../document/index.ts';
import { ALL_GROUPS, type Clause, type GroupMask } from '../index/index.ts';
import { FIELD_GROUPS, filterHash, stemHash, tokenize, wordHash } from '../text/index.ts';
import type { FieldCondition } from './conditions.ts';
import type { Expansions, QueryPlan } from './plan.ts';
import { printQuery } from './query-printer.ts';
import { nearOperator, type QueryNode } from './query-syntax.ts';
import { splitSite } from './site-name.ts';

/** Reads conditions of the query that it was made from; what it doesn't know it tells by its hash. */
export class ConditionTexts {
  /** Words and fields by hash; of a stem, the word that it is of. */
  readonly #names = new Map<bigint, string>();
  readonly #stems = new Set<bigint>();
  readonly #expansionsOf: Expansions;

  constructor(root: QueryNode | undefined, { words }: QueryPlan, expansionsOf: Expansions) {
    this.#expansionsOf = expansionsOf;
    if (root !== undefined) this.#learn(root);
    for (const { word, stems } of words) {
      this.#names.set(wordHash(word), word);
      for (const hash of stems.map(stemHash)) {
        if (this.#names.has(hash)) continue;
        this.#names.set(hash, word);
        this.#stems.add(hash);
      }
    }
  }

  ofClause(clause: Clause): string {
    switch (clause.kind) {
      case 'term':
        return this.#name(clause.hash) + inGroups(clause.groups);
      case 'filter':
        return this.#name(clause.hash);
      case 'phrase':
        return `"${clause.hashes.map((hash) => this.#name(hash)).join(' ')}"${inGroups(clause.groups)}`;
      case 'near':
        return `${this.#name(clause.hashes[0])} ${nearOperator(clause)} ${this.#name(clause.hashes[1])}`;
      case 'not':
        return clause.clause.kind === 'any' && clause.clause.clauses.length === 0
          ? 'anything'
          : `not ${this.ofClause(clause.clause)}`;
      case 'any':
        return this.#ofAny(clause.clauses);
      case 'all':
        return `all of (${clause.clauses.map((inner) => this.ofClause(inner)).join(', ')})`;
      default:
        return clause satisfies never;
    }
  }

  ofField(condition: FieldCondition): string {
    switch (condition.kind) {
      case 'range':
        return printQuery(condition);
      case 'document':
        return `docid:${condition.docId}`;
      case 'words':
        return this.ofClause(condition.clause);
      case 'not':
        return `not ${this.ofField(condition.condition)}`;
      case 'all':
      case 'any': {
        const texts = condition.conditions.map((inner) => this.ofField(inner));
        return `${condition.kind === 'all' ? 'all' : 'one'} of (${texts.join(', ')})`;
      }
      default:
        return condition satisfies never;
    }
  }

  /** A word and its stems are the word in any form. */
  #ofAny(clauses: readonly Clause[]): string {
    const texts = clauses.map((clause) => this.ofClause(clause));
    const [alone] = new Set(texts);
    const hasStem = clauses.some((clause) => this.#hasStem(clause));
    if (alone !== undefined && hasStem && texts.every((text) => text === alone)) return `${alone} (any form)`;
    return texts.length === 0
      ? 'nothing that the collection has'
      : `one of (${[...new Set(texts)].join(', ')})`;
  }

  #hasStem(clause: Clause): boolean {
    if (clause.kind === 'near') return clause.hashes.some((hash) => this.#stems.has(hash));
    return clause.kind === 'term' && this.#stems.has(clause.hash);
  }

  #name(hash: bigint): string {
    return this.#names.get(hash) ?? `#${hash.toString(16).padStart(16, '0')}`;
  }

  #learn(node: QueryNode): void {
    switch (node.kind) {
      case 'word':
      case 'phrase':
        return this.#learnWords(node.text);
      case 'field': {
        this.#names.set(filterHash(node.field, node.value), `${node.field}:${node.value}`);
        if (node.field === 'site') {
          const { host } = splitSite(node.value);
          this.#names.set(filterHash('site', host), `site:${host}`);
        }
        return this.#learnWords(node.value);
      }
      case 'meta': {
        const words = tokenize(node.value).map(({ word }) => word);
        const whole = words.join(' ');
        this.#names.set(filterHash(META_VALUE, metaTerm(node.name, whole)), `${node.name}:"${whole}"`);
        for (const word of words) {
          this.#names.set(filterHash(META_WORD, metaTerm(node.name, word)), `${node.name}:${word}`);
        }
        return;
      }
      case 'near':
        this.#learn(node.left);
        return this.#learn(node.right);
      case 'boost':
      case 'refine':
      case 'not':
        return this.#learn(node.node);
      case 'all':
      case 'or':
        for (const child of node.nodes) this.#learn(child);
        return;
      case 'pattern':
      case 'fuzzy':
        for (const word of this.#expansionsOf(node).words) this.#learnWords(word);
        return;
      case 'range':
        return;
      default:
        return node satisfies never;
    }
  }

  #learnWords(text: string): void {
    for (const { word } of tokenize(text)) this.#names.set(wordHash(word), word);
  }
}

function inGroups(mask: GroupMask): string {
  if (mask === ALL_GROUPS) return '';
  const names = FIELD_GROUPS.filter((_, group) => ((mask >> group) & 1) === 1);
  const others = FIELD_GROUPS.filter((_, group) => ((mask >> group) & 1) === 0);
  return others.length < names.length ? ` outside ${others.join(', ')}` : ` in ${names.join(', ')}`;
}
