/** Reads plain text and Markdown: paragraphs, headings, code, bare links. */

import type { Link, Section, SectionKind } from './document.ts';
import { type ExtractedContent, NOTHING_EXTRACTED } from './extracted.ts';
import { LinkResolver } from './link-resolver.ts';
import { toSections } from './main-text.ts';
import { beginsTable, cellsOf } from './markdown-table.ts';
import { collapseSpaces, type FoundLink, MAX_LINKS, MAX_TEXT_LENGTH, type TextBlock } from './text-blocks.ts';

const MAX_TITLE_LENGTH = 200;
const HEADING = /^(#{1,6})\s+(.+?)\s*#*$/;
const FENCE = /^(?:```|~~~)/;
const ITEM = /^\s*(?:[-*+]|\d{1,3}[.)])\s+/;
/** Of a quote in a quote all signs. */
const QUOTE = /^\s*>(?:\s*>)*\s?/;
const MARKDOWN_LINK = /!?\[([^\]\n]{0,500})\]\(\s*<?([^\s)>]{1,2048})>?[^)\n]{0,200}\)/g;
const BARE_LINK = /https?:\/\/[^\s<>"'`{}|\\^]{1,2048}/g;

/** Reads a text of lines; `isMarkdown` gives meaning to its signs. */
export function readPlainText(text: string, url: string, isMarkdown: boolean): ExtractedContent {
  const kept = text.slice(0, MAX_TEXT_LENGTH);
  const blocks = isMarkdown ? markdownBlocks(kept) : paragraphs(kept);
  const sections = toSections(blocks);
  const title = titleOf(sections);
  return {
    ...NOTHING_EXTRACTED,
    title,
    sections,
    links: linksOf(kept, url, isMarkdown),
    warnings: kept.length < text.length ? ['The text is longer than is kept.'] : [],
  };
}

function block(kind: SectionKind, text: string, level = 0): TextBlock {
  return { kind, level, anchor: '', text, linkLength: 0, inMenu: false, inMain: false, noSnippet: false };
}

function paragraphs(text: string): TextBlock[] {
  return text
    .split(/\r?\n[^\S\n]*\r?\n|\f/)
    .map(collapseSpaces)
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => block('text', paragraph));
}

function markdownBlocks(text: string): TextBlock[] {
  const blocks: TextBlock[] = [];
  let kind: SectionKind = 'text';
  let lines: string[] = [];
  let inCode = false;
  let isQuotedTable = false;
  const flush = (): void => {
    const joined = inCode ? lines.join('\n').trimEnd() : collapseSpaces(plain(lines.join(' ')));
    if (joined !== '') blocks.push(block(kind, joined));
    lines = [];
    kind = 'text';
  };
  const addRow = (row: string): void => {
    const cells = cellsOf(row).map((cell) => collapseSpaces(plain(cell)));
    const joined = cells.filter((cell) => cell !== '').join('\t');
    if (joined !== '') blocks.push(block('table', joined));
  };
  for (const line of text.split(/\r?\n/)) {
    if (FENCE.test(line)) {
      flush();
      inCode = !inCode;
      kind = inCode ? 'code' : 'text';
      continue;
    }
    if (inCode) {
      lines.push(line);
      continue;
    }
    const heading = HEADING.exec(line);
    if (heading !== null) {
      flush();
      const said = collapseSpaces(plain(heading[2] ?? ''));
      if (said !== '') blocks.push(block('heading', said, heading[1]?.length ?? 1));
    } else if (/^\s*$/.test(line)) {
      flush();
    } else if (ITEM.test(line)) {
      flush();
      kind = 'list';
      lines.push(line.replace(ITEM, ''));
    } else {
      const isQuoted = QUOTE.test(line);
      const said = isQuoted ? line.replace(QUOTE, '') : line;
      // A table ends with its quote, and a quote's first line begins none with what stands before it.
      const goesOn = isQuoted === (kind === 'table' ? isQuotedTable : kind === 'quote');
      if (kind === 'table' && goesOn && said.trim() !== '') {
        addRow(said);
      } else if (goesOn && lines.length > 0 && beginsTable(lines.at(-1) ?? '', said)) {
        const head = lines.pop() ?? '';
        flush();
        addRow(head);
        kind = 'table';
        isQuotedTable = isQuoted;
      } else {
        // Lines of a paragraph go on in a quote without its sign.
        if (kind === 'table' || (isQuoted && kind !== 'quote')) flush();
        if (isQuoted) kind = 'quote';
        lines.push(said);
      }
    }
  }
  flush();
  return blocks;
}

/** Markdown without the signs that stand around words. */
function plain(text: string): string {
  return text
    .replaceAll(MARKDOWN_LINK, '$1')
    .replaceAll(/(^|[\s(])(?:\*\*?|__?)(?=\S)|(?<=\S)(?:\*\*?|__?)(?=[\s).,:;!?]|$)/g, '$1')
    .replaceAll('`', '');
}

/** First heading, else the first line. */
function titleOf(sections: readonly Section[]): string {
  const heading = sections.find(({ kind }) => kind === 'heading') ?? sections[0];
  return (heading?.text.split('\n')[0] ?? '').slice(0, MAX_TITLE_LENGTH);
}

function linksOf(text: string, url: string, isMarkdown: boolean): Link[] {
  const found: FoundLink[] = [];
  const add = (href: string, said: string): void => {
    if (found.length < MAX_LINKS) found.push({ href, text: said, nofollow: false, inMenu: false, block: -1 });
  };
  let rest = text;
  if (isMarkdown) {
    for (const [, said = '', href = ''] of text.matchAll(MARKDOWN_LINK)) add(href, said);
    rest = text.replaceAll(MARKDOWN_LINK, ' ');
  }
  // Punctuation behind a URL belongs to the sentence.
  for (const [href] of rest.matchAll(BARE_LINK)) add(href.replace(/[.,;:!?)\]*]+$/, ''), '');
  return new LinkResolver(url, '').links(found, [], url);
}
