/** Names before a colon that no document brings as a field are text: `note:this`, `TypeError:undefined`. */

import { META_NAME } from '../document/index.ts';
import { filterHash } from '../text/index.ts';
import type { MetaNode, ParsedQuery, QueryNode } from './query-syntax.ts';

/** Whether any document has a field of metadata; asked once a name. */
export type HasField = (name: string) => boolean;

/** The term of documents that have a field of metadata. */
export function metaNameHash(name: string): bigint {
  return filterHash(META_NAME, name);
}

export function settleFields(parsed: ParsedQuery, hasField: HasField): ParsedQuery {
  if (parsed.root === undefined || !mentionsMeta(parsed.root)) return parsed;
  const known = new Map<string, boolean>();
  const isField = ({ name }: MetaNode): boolean => {
    const answer = known.get(name) ?? hasField(name);
    known.set(name, answer);
    return answer;
  };
  return { ...parsed, root: settle(parsed.root, isField) };
}

function mentionsMeta(node: QueryNode): boolean {
  if (node.kind === 'meta') return true;
  if (node.kind === 'all' || node.kind === 'or') return node.nodes.some(mentionsMeta);
  return 'node' in node && mentionsMeta(node.node);
}

function settle(node: QueryNode, isField: (node: MetaNode) => boolean): QueryNode {
  if (node.kind === 'meta') return isField(node) ? node : asText(node);
  if (node.kind === 'all' || node.kind === 'or') {
    return { ...node, nodes: node.nodes.map((child) => settle(child, isField)) };
  }
  if (node.kind === 'not' || node.kind === 'boost' || node.kind === 'refine') {
    return { ...node, node: settle(node.node, isField) };
  }
  return node;
}

function asText({ name, value, quoted }: MetaNode): QueryNode {
  return quoted
    ? { kind: 'phrase', text: `${name} ${value}` }
    : { kind: 'word', text: `${name}:${value}`, exact: false };
}
