/** Reads JSON: every leaf is text and a field by its path, keys that look like titles are titles, URLs are links. */

import { PeregrineError } from '../base/index.ts';
import { type ExtractedContent, NOTHING_EXTRACTED } from './extracted.ts';
import { LeafFields } from './leaf-fields.ts';
import { LinkResolver } from './link-resolver.ts';
import { toSections } from './main-text.ts';
import { collapseSpaces, type FoundLink, MAX_LINKS, MAX_TEXT_LENGTH, type TextBlock } from './text-blocks.ts';

const MAX_LEAVES = 100_000;
const MAX_DEPTH = 64;
const MAX_TITLE_LENGTH = 300;
const TITLE_KEY = /^(?:title|name|headline|subject)$/i;
const DESCRIPTION_KEY = /^(?:description|summary|abstract)$/i;
const URL_VALUE = /^https?:\/\/\S+$/;

/** Reads one JSON text, or lines of JSON. Throws `PARSE_FAILED` for anything else. */
export function readJson(text: string, url: string): ExtractedContent {
  const blocks: TextBlock[] = [];
  const links: FoundLink[] = [];
  const fields = new LeafFields();
  const path: string[] = [];
  let title = '';
  let description = '';
  let length = 0;
  let isCut = false;

  const takeString = (value: string, key: string): void => {
    if (URL_VALUE.test(value) && value.length < 2048) {
      if (links.length < MAX_LINKS) {
        links.push({ href: value, text: '', nofollow: false, inMenu: false, block: -1 });
      }
      return;
    }
    const said = collapseSpaces(value.slice(0, MAX_TEXT_LENGTH - length));
    if (said === '') return;
    if (title === '' && TITLE_KEY.test(key)) title = said.slice(0, MAX_TITLE_LENGTH);
    else if (description === '' && DESCRIPTION_KEY.test(key)) description = said.slice(0, 1000);
    length += said.length;
    blocks.push(leaf(said));
  };

  const visit = (value: unknown, key: string, depth: number): void => {
    if (blocks.length >= MAX_LEAVES || length >= MAX_TEXT_LENGTH || depth > MAX_DEPTH) {
      isCut = true;
      return;
    }
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      fields.add(path, String(value));
    }
    if (typeof value === 'string') takeString(value, key);
    else if (typeof value === 'number') blocks.push(leaf(String(value)));
    else if (Array.isArray(value)) for (const item of value) visit(item, key, depth + 1);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, child] of Object.entries(value)) {
        path.push(name);
        visit(child, name, depth + 1);
        path.pop();
      }
    }
  };

  for (const root of parseRoots(text)) visit(root, '', 0);
  return {
    ...NOTHING_EXTRACTED,
    title,
    description,
    sections: toSections(blocks),
    meta: fields.finish(),
    links: new LinkResolver(url, '').links(links, [], url),
    warnings: isCut ? ['The JSON holds more than is kept.'] : [],
  };
}

function leaf(text: string): TextBlock {
  return {
    kind: 'text',
    level: 0,
    anchor: '',
    text,
    linkLength: 0,
    inMenu: false,
    inMain: false,
    noSnippet: false,
  };
}

function parseRoots(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    try {
      if (lines.length > 1) return lines.map((line): unknown => JSON.parse(line));
    } catch {
      // Neither one text nor lines of them.
    }
    throw new PeregrineError('PARSE_FAILED', 'The document is declared as JSON but is not.', {}, error);
  }
}
