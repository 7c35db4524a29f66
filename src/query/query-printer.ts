/** A query tree as text in its normal form: reading it again gives the same tree. */

import type { FieldNode, QueryNode } from './query-syntax.ts';

export function printQuery(root: QueryNode | undefined): string {
  return root === undefined ? '' : print(root);
}

function print(node: QueryNode): string {
  if (node.kind === 'word') return (node.exact ? '+' : '') + node.text;
  if (node.kind === 'phrase') return `"${node.text}"`;
  if (node.kind === 'field') return `${node.field}:${printValue(node)}`;
  if (node.kind === 'not') return `-${printOperand(node.node)}`;
  if (node.kind === 'all') return node.nodes.map(printOperand).join(node.strict ? ' AND ' : ' ');
  // AND binds tighter than OR, so only an OR inside would need parentheses, and there is none.
  return node.nodes.map(print).join(' OR ');
}

function printValue({ value, quoted }: FieldNode): string {
  return quoted || /[\s()]/.test(value) ? `"${value}"` : value;
}

function printOperand(node: QueryNode): string {
  return node.kind === 'all' || node.kind === 'or' ? `(${print(node)})` : print(node);
}
