/**
 * NOT in names that are written in capitals, such as `IS NOT NULL`: what it keeps away is all that the query asks for,
 * so that a document which means the query could never be found.
 */

import { isStopWord, tokenize } from '../text/index.ts';
import { type Lexeme, textWord } from './query-lexer.ts';
import type { QueryNode } from './query-syntax.ts';

/**
 * The lexemes with NOT as a word; undefined where it is an operator: where something is left to look for that says more
 * than small words do, or where other operators, signs or fields show that the query is meant as an expression.
 */
export function withNotAsWord(lexemes: readonly Lexeme[]): Lexeme[] | undefined {
  if (!lexemes.some(({ kind }) => kind === 'operator') || !lexemes.every(isOfText)) return undefined;
  let isNegated = false;
  // Whether what stands inside each open parenthesis is kept away.
  const open: boolean[] = [];
  for (const lexeme of lexemes) {
    const isAway = isNegated || open.at(-1) === true;
    if (lexeme.kind === 'open') open.push(isAway);
    else if (lexeme.kind === 'close') open.pop();
    else if (lexeme.kind === 'operand' && !isAway && !isSmall(lexeme.node)) return undefined;
    isNegated = lexeme.kind === 'operator' && !isNegated;
  }
  return lexemes.map((lexeme) =>
    lexeme.kind === 'operator' ? { kind: 'operand', node: textWord('not'), sign: '' } : lexeme,
  );
}

function isOfText(lexeme: Lexeme): boolean {
  if (lexeme.kind === 'operator') return lexeme.operator === 'NOT';
  if (lexeme.kind === 'operand') return lexeme.sign === '' && isPlain(lexeme.node);
  return lexeme.kind === 'close' || (lexeme.kind === 'open' && lexeme.sign === '');
}

function isPlain({ kind }: QueryNode): boolean {
  return kind === 'word' || kind === 'phrase';
}

/** Operators are English, whatever the documents are. */
function isSmall(node: QueryNode): boolean {
  return node.kind === 'word' && tokenize(node.text).every(({ word }) => isStopWord(word, 'en'));
}
