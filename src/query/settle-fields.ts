/**
 * Names before a colon that no document brings as a field are text (`note:this`, `TypeError:undefined`), and so are ranges
 * whose bounds mean nothing in their field (`price:>abc`).
 */

import { META_NAME } from '../document/index.ts';
import { filterHash } from '../text/index.ts';
import { printQuery } from './query-printer.ts';
import type { MetaNode, ParsedQuery, QueryNode, RangeNode } from './query-syntax.ts';

/** What a collection knows of fields. */
export interface KnownFields {
  /** Whether any document has a field of metadata; asked once a name. */
  readonly hasField: (name: string) => boolean;
  /** Why a range is text, as a sentence; undefined where it is a condition. */
  readonly whyText: (range: RangeNode) => string | undefined;
}

/** The term of documents that have a field of metadata. */
export function metaNameHash(name: string): bigint {
  return filterHash(META_NAME, name);
}

export function settleFields(parsed: ParsedQuery, fields: KnownFields): ParsedQuery {
  const { root, warnings } = parsed;
  if (root === undefined || !mentionsFields(root)) return parsed;
  const settler = new FieldSettler(fields);
  const settled = settler.settle(root);
  return { ...parsed, root: settled, warnings: [...warnings, ...settler.notes] };
}

function mentionsFields(node: QueryNode): boolean {
  if (node.kind === 'meta' || node.kind === 'range') return true;
  if (node.kind === 'all' || node.kind === 'or') return node.nodes.some(mentionsFields);
  return 'node' in node && mentionsFields(node.node);
}

class FieldSettler {
  readonly notes = new Set<string>();
  readonly #fields: KnownFields;
  readonly #known = new Map<string, boolean>();

  constructor(fields: KnownFields) {
    this.#fields = fields;
  }

  settle(node: QueryNode): QueryNode {
    if (node.kind === 'meta') return this.#settleMeta(node);
    if (node.kind === 'range') return this.#settleRange(node);
    if (node.kind === 'all' || node.kind === 'or') {
      return { ...node, nodes: node.nodes.map((child) => this.settle(child)) };
    }
    if (node.kind === 'not' || node.kind === 'boost' || node.kind === 'refine') {
      return { ...node, node: this.settle(node.node) };
    }
    return node;
  }

  #settleMeta(node: MetaNode): QueryNode {
    const { name } = node;
    const isField = this.#known.get(name) ?? this.#fields.hasField(name);
    this.#known.set(name, isField);
    if (isField) return node;
    this.notes.add(`No document has a field ${name}; ${printQuery(node)} was searched as text.`);
    return textOfMeta(node);
  }

  #settleRange(range: RangeNode): QueryNode {
    const why = this.#fields.whyText(range);
    if (why === undefined) return range;
    this.notes.add(why);
    return { kind: 'word', text: printQuery(range), exact: false };
  }
}

function textOfMeta({ name, value, quoted }: MetaNode): QueryNode {
  return quoted
    ? { kind: 'phrase', text: `${name} ${value}` }
    : { kind: 'word', text: `${name}:${value}`, exact: false };
}
