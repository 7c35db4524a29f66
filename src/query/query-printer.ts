/** A query tree as text in its normal form: reading it again gives the same tree. */

import {
  type FieldNode,
  type MetaNode,
  nearOperator,
  type ParsedQuery,
  type QueryNode,
  type RangeNode,
} from './query-syntax.ts';

export function printQuery(root: QueryNode | undefined): string {
  return root === undefined ? '' : print(root);
}

/** With its order and its facets. */
export function printParsed({ root, sort, facets }: ParsedQuery): string {
  const directives = [
    ...sort.map(({ name, order }) => `sort:${order === 'descending' ? '-' : ''}${name}`),
    ...facets.map(
      ({ name, ranges }) => `facet:${[name, ...ranges.map(([from, to]) => facetRange(from, to))].join(',')}`,
    ),
  ];
  return [printQuery(root), ...directives].filter((part) => part !== '').join(' ');
}

/** Open ones, and those of dates, which hold a hyphen themselves, with dots between. */
export function facetRange(from: string, to: string): string {
  const isPlain = from !== '' && to !== '' && !/.-/.test(from) && !/.-/.test(to);
  return `${from}${isPlain ? '-' : '..'}${to}`;
}

function print(node: QueryNode): string {
  switch (node.kind) {
    case 'word':
      return (node.exact ? '+' : '') + node.text;
    case 'phrase':
      return `"${node.text}"`;
    case 'pattern':
      return node.pattern;
    case 'fuzzy':
      return `~${node.text}`;
    case 'field':
      return `${node.field}:${printValue(node)}`;
    case 'meta':
      return `${node.name}:${printValue(node)}`;
    case 'range':
      return printRange(node);
    case 'near':
      return `${print(node.left)} ${nearOperator(node)} ${print(node.right)}`;
    case 'boost':
      return printBoost(node.node, String(node.factor));
    case 'refine':
      return `${print(node.node)} |`;
    case 'not':
      return `-${printOperand(node.node)}`;
    case 'all':
      return node.nodes.map(printOperand).join(node.strict ? ' AND ' : ' ');
    case 'or':
      // AND binds tighter than OR, so only an OR inside would need parentheses, and there is none.
      return node.nodes.map(print).join(' OR ');
    default:
      return node satisfies never;
  }
}

function printBoost(node: QueryNode, factor: string): string {
  const isPlain =
    node.kind === 'phrase' || node.kind === 'pattern' || node.kind === 'fuzzy' || node.kind === 'word';
  return isPlain ? `${print(node)}^${factor}` : `(${print(node)})^${factor}`;
}

function printRange({ name, from, to, excludesFrom, excludesTo }: RangeNode): string {
  if (excludesFrom === true) return `${name}:>${from ?? ''}`;
  if (excludesTo === true) return `${name}:<${to ?? ''}`;
  return `${name}:${from ?? ''}..${to ?? ''}`;
}

function printValue({ value, quoted }: FieldNode | MetaNode): string {
  return quoted || /[\s()]/.test(value) ? `"${value}"` : value;
}

function printOperand(node: QueryNode): string {
  return node.kind === 'all' || node.kind === 'or' || node.kind === 'near' ? `(${print(node)})` : print(node);
}
