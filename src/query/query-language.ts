/**
 * The query language: text to tree. Never throws: what can't be read as an operator is searched as text, with a
 * warning. Described in docs/query-language.md, which is made from `operators`.
 *
 *     query = { any "|" } any      any = all { OR all }      all = near { [ AND ] near }      near = unary { [O]NEAR/n unary }
 *     unary = NOT unary | [ + | - ] ( word | "phrase" | field:value | ( any ) ) [ ^weight ]
 */

import { assert } from '../base/index.ts';
import { boosted, type Lexeme, lexQuery, type Operator, type Sign, textWord } from './query-lexer.ts';
import { withNotAsWord } from './not-as-word.ts';
import type { NearNode, ParsedQuery, QueryNode } from './query-syntax.ts';

type NearOperator = Pick<Extract<Lexeme, { kind: 'operator' }>, 'operator' | 'distance'>;

/** Parentheses inside parentheses; deeper ones are left out. */
const MAX_DEPTH = 50;
const NOT_AS_WORD =
  'NOT was searched as a word: without what it keeps away, nothing is left to look for. A minus keeps away.';
const UNPAIRED = 'A parenthesis without its partner was left out.';

/** Reads a query. Takes any text. */
export function parseQuery(query: string): ParsedQuery {
  const { lexemes, warnings, ...rest } = lexQuery(query);
  const notes = new Set(warnings);
  const balanced = balanceParentheses(lexemes, notes);
  const worded = withNotAsWord(balanced);
  if (worded !== undefined) notes.add(NOT_AS_WORD);
  const parts = settleOperators(splitRefinements(worded ?? balanced, notes), notes).map((part) =>
    new QueryParser(part, notes).parse(),
  );
  const last = parts.pop();
  const root =
    parts.length === 0 || last === undefined
      ? last
      : joinAll([...parts.map((node): QueryNode => ({ kind: 'refine', node: strictly(node) })), last], false);
  return { root, ...rest, warnings: [...notes] };
}

/** What stands between `|`, without empty parts. */
function splitRefinements(lexemes: readonly Lexeme[], notes: Set<string>): Lexeme[][] {
  const parts: Lexeme[][] = [[]];
  let depth = 0;
  for (const lexeme of lexemes) {
    if (lexeme.kind === 'open') depth += 1;
    if (lexeme.kind === 'close') depth -= 1;
    if (lexeme.kind !== 'refine') parts.at(-1)?.push(lexeme);
    else if (depth === 0) parts.push([]);
    else notes.add('| inside parentheses was left out.');
  }
  return parts.filter((part) => part.length > 0);
}

/** Leaves out parentheses without a partner, without content or nested too deep. */
function balanceParentheses(lexemes: readonly Lexeme[], notes: Set<string>): Lexeme[] {
  const kept: (Lexeme | undefined)[] = [];
  // Per open parenthesis: its place in `kept` (-1 where it was left out) and how much it holds so far.
  const open: { readonly place: number; held: number }[] = [];
  const hold = (count: number): void => {
    const innermost = open.at(-1);
    if (innermost !== undefined) innermost.held += count;
  };
  for (const lexeme of lexemes) {
    if (lexeme.kind === 'open') {
      const isTooDeep = open.length >= MAX_DEPTH;
      if (isTooDeep) notes.add(`Parentheses nested deeper than ${MAX_DEPTH} were left out.`);
      open.push({ place: isTooDeep ? -1 : kept.length, held: 0 });
      if (!isTooDeep) kept.push(lexeme);
    } else if (lexeme.kind === 'close') {
      const group = open.pop();
      if (group === undefined) notes.add(UNPAIRED);
      else if (group.place < 0) hold(group.held);
      else if (group.held === 0) kept[group.place] = undefined;
      else {
        kept.push(lexeme);
        hold(1);
      }
    } else {
      kept.push(lexeme);
      if (lexeme.kind !== 'refine') hold(1);
    }
  }
  for (const { place } of open) {
    if (place >= 0) kept[place] = undefined;
    notes.add(UNPAIRED);
  }
  return kept.filter((lexeme) => lexeme !== undefined);
}

/** Operators that join nothing become words, so that the grammar holds for what is left. */
function settleOperators(parts: readonly Lexeme[][], notes: Set<string>): Lexeme[][] {
  return parts.map((part) => settlePart(part, notes));
}

function settlePart(lexemes: readonly Lexeme[], notes: Set<string>): Lexeme[] {
  const settled: Lexeme[] = [];
  lexemes.forEach((lexeme, i) => {
    if (lexeme.kind !== 'operator') {
      settled.push(lexeme);
      return;
    }
    const before = settled.at(-1);
    const after = lexemes[i + 1];
    const joinsLeft = lexeme.operator === 'NOT' || before?.kind === 'operand' || before?.kind === 'close';
    const joinsRight =
      after?.kind === 'operand' ||
      after?.kind === 'open' ||
      (after?.kind === 'operator' && after.operator === 'NOT');
    if (joinsLeft && joinsRight) {
      settled.push(lexeme);
    } else {
      notes.add(`${lexeme.operator} joins nothing here; it was searched as a word.`);
      settled.push({ kind: 'operand', node: textWord(lexeme.operator.toLowerCase()), sign: '' });
    }
  });
  return settled;
}

/** Recursive descent over lexemes that are known to be grammatical. */
class QueryParser {
  readonly #lexemes: readonly Lexeme[];
  readonly #notes: Set<string>;
  #at = 0;

  constructor(lexemes: readonly Lexeme[], notes: Set<string>) {
    this.#lexemes = lexemes;
    this.#notes = notes;
  }

  parse(): QueryNode {
    const root = this.#or();
    assert(this.#at === this.#lexemes.length, 'the whole query is read');
    return root;
  }

  #or(): QueryNode {
    const nodes = [this.#all()];
    while (this.#takeOperator('OR') !== undefined) nodes.push(this.#all());
    return joinAny(nodes);
  }

  #all(): QueryNode {
    const nodes: QueryNode[] = [];
    let strict = false;
    for (;;) {
      const next = this.#lexemes[this.#at];
      if (next === undefined || next.kind === 'close') break;
      if (next.kind === 'operator' && next.operator === 'OR') break;
      if (this.#takeOperator('AND') === undefined) nodes.push(...this.#near());
      else strict = true;
    }
    return joinAll(nodes, strict);
  }

  /** One operand, or each two that NEAR or ONEAR joins. */
  #near(): QueryNode[] {
    let left = this.#unary();
    const joined: QueryNode[] = [];
    const loose: QueryNode[] = [];
    for (let near = this.#takeNear(); near !== undefined; near = this.#takeNear()) {
      const right = this.#unary();
      const node = nearNode(left, right, near);
      if (node === undefined) {
        this.#notes.add(`${near.operator} joins words and phrases only; here it was read as AND.`);
        loose.push(...[left, right].map(strictly));
      } else {
        joined.push(node);
      }
      left = right;
    }
    return joined.length + loose.length === 0 ? [left] : [joinAll([...joined, ...loose], true)];
  }

  #unary(): QueryNode {
    let negated = false;
    while (this.#takeOperator('NOT') !== undefined) negated = !negated;
    const lexeme = this.#lexemes[this.#at];
    this.#at += 1;
    assert(lexeme?.kind === 'operand' || lexeme?.kind === 'open', 'an operand follows an operator');
    if (lexeme.kind === 'operand') return negate(signed(lexeme.node, lexeme.sign), negated);
    const group = this.#or();
    const close = this.#lexemes[this.#at];
    assert(close?.kind === 'close', 'parentheses are balanced');
    this.#at += 1;
    return negate(signed(boosted(group, close.boost), lexeme.sign), negated);
  }

  #takeNear(): NearOperator | undefined {
    return this.#takeOperator('NEAR') ?? this.#takeOperator('ONEAR');
  }

  #takeOperator(operator: Operator): NearOperator | undefined {
    const lexeme = this.#lexemes[this.#at];
    if (lexeme?.kind !== 'operator' || lexeme.operator !== operator) return undefined;
    this.#at += 1;
    return lexeme;
  }
}

function signed(node: QueryNode, sign: Sign): QueryNode {
  if (sign === '-') return negate(node, true);
  if (sign === '+' && node.kind === 'word') return { ...node, exact: true };
  if (sign === '+' && node.kind === 'boost') return { ...node, node: signed(node.node, sign) };
  return sign === '+' ? strictly(node) : node;
}

function negate(node: QueryNode, negated: boolean): QueryNode {
  if (!negated) return node;
  if (node.kind === 'not') return node.node;
  if (node.kind === 'boost') return negate(node.node, true);
  // What is kept away is the form that was typed, with `+` or without.
  return { kind: 'not', node: node.kind === 'word' ? { ...node, exact: false } : node };
}

/** Side by side at the top, words are wishes; inside AND and OR they are conditions. */
function strictly(node: QueryNode): QueryNode {
  if (node.kind === 'boost') return { ...node, node: strictly(node.node) };
  return node.kind === 'all' && !node.strict ? joinAll(node.nodes, true) : node;
}

function nearNode(
  left: QueryNode,
  right: QueryNode,
  { operator, distance }: NearOperator,
): NearNode | undefined {
  return isPlain(left) && isPlain(right)
    ? { kind: 'near', left, right, distance, isOrdered: operator === 'ONEAR' }
    : undefined;
}

function isPlain(node: QueryNode): node is NearNode['left'] {
  return node.kind === 'word' || node.kind === 'phrase';
}

function joinAll(nodes: readonly QueryNode[], strict: boolean): QueryNode {
  const [first] = nodes;
  if (nodes.length === 1 && first !== undefined) return first;
  const flat = (strict ? nodes.map(strictly) : nodes).flatMap((node) =>
    node.kind === 'all' && node.strict === strict ? node.nodes : [node],
  );
  return { kind: 'all', nodes: flat, strict };
}

function joinAny(nodes: readonly QueryNode[]): QueryNode {
  const [first] = nodes;
  if (nodes.length === 1 && first !== undefined) return first;
  return {
    kind: 'or',
    nodes: nodes.map(strictly).flatMap((node) => (node.kind === 'or' ? node.nodes : [node])),
  };
}
