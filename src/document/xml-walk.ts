/** Walks the XML inside of office documents and books: names without prefixes, bounded depth. */

import { Parser } from 'htmlparser2';

export type XmlAttributes = Readonly<Record<string, string>>;

export interface XmlHandler {
  /** `name` is without prefix. Returning false ends the walk. */
  open(name: string, attributes: XmlAttributes): boolean | void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Elements deeper than this are nobody's text; the walk ends. */
const MAX_DEPTH = 512;

/** Hands the elements and text of `markup` to `handler`. Entities of its own are not expanded. */
export function walkXml(markup: string, handler: XmlHandler): void {
  let depth = 0;
  let isOver = false;
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        if (isOver) return;
        depth += 1;
        if (depth <= MAX_DEPTH && handler.open(local(name), attributes) !== false) return;
        isOver = true;
        parser.pause();
      },
      ontext: (text) => {
        if (!isOver) handler.text?.(text);
      },
      onclosetag: (name) => {
        if (isOver) return;
        depth -= 1;
        handler.close?.(local(name));
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.write(markup);
  if (!isOver) parser.end();
}

/** The value of an attribute by its name without prefix; empty where there is none. */
export function attribute(attributes: XmlAttributes, name: string): string {
  for (const [key, value] of Object.entries(attributes)) if (local(key) === name) return value;
  return '';
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
