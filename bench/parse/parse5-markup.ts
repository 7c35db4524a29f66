/** The peer: parse5 builds the tree of the HTML Standard, whose tags are then handed on in order. */

import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import type { MarkupHandler } from '../../src/document/index.ts';

type Parent = DefaultTreeAdapterTypes.ParentNode;

/** As our own reader of markup does, but by way of a tree. */
export function readByTree(markup: string, handler: MarkupHandler): void {
  walk(parse(markup), handler);
}

function walk(parent: Parent, handler: MarkupHandler): void {
  for (const node of parent.childNodes) {
    if (node.nodeName === '#text') {
      const { value } = node as DefaultTreeAdapterTypes.TextNode;
      handler.text(value, 0, value.length);
    } else if ('tagName' in node) {
      handler.open(node.tagName, new Map(node.attrs.map(({ name, value }) => [name, value])), false);
      walk(node, handler);
      if (!VOID.has(node.tagName)) handler.close(node.tagName);
    }
  }
}

const VOID: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta source track wbr'.split(' '),
);
