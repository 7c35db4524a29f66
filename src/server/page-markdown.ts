/** A stored document as Markdown: for programs that read rather than look. */

import type { DocumentAddress, Engine } from '../collection/index.ts';
import type { Section, StoredDocument } from '../document/index.ts';

export interface ReadablePage {
  readonly url: string;
  readonly title: string;
  readonly language: string;
  readonly fetchedAt_ms: number;
  readonly markdown: string;
}

/** The page of an engine; undefined where it is not stored, or asks not to be shown from a store. */
export async function readPage(
  engine: Engine,
  collection: string,
  address: DocumentAddress,
): Promise<ReadablePage | undefined> {
  const found = await engine.get(collection, address);
  return found === undefined || found.document.robots.noarchive ? undefined : readablePage(found.document);
}

/** Main text with headings, lists, tables, code and quotes; menus are left out. */
export function readablePage(document: StoredDocument): ReadablePage {
  const { url, title, language, fetchedAt_ms, sections } = document;
  const parts = sections.filter(({ kind }) => kind !== 'menu').map(markdownOf);
  const isTitled = sections.some(({ kind, text }) => kind === 'heading' && text === title);
  const head = title === '' || isTitled ? [] : [`# ${line(title)}`];
  return { url, title, language, fetchedAt_ms, markdown: [...head, ...parts].join('\n\n') };
}

function markdownOf({ kind, text, level }: Section): string {
  switch (kind) {
    case 'heading':
      return `${'#'.repeat(Math.min(6, Math.max(1, level)))} ${line(text)}`;
    case 'list':
      return text
        .split('\n')
        .map((item) => `- ${escaped(item)}`)
        .join('\n');
    case 'quote':
      return text
        .split('\n')
        .map((paragraph) => `> ${escaped(paragraph)}`)
        .join('\n>\n');
    case 'code': {
      // Longer than any run of back ticks inside.
      const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
      return `${fence}\n${text}\n${fence}`;
    }
    case 'table':
      return tableOf(text);
    case 'text':
    case 'caption':
    case 'menu':
    default:
      return text.split('\n').map(escaped).join('\n\n');
  }
}

function tableOf(text: string): string {
  const rows = text
    .split('\n')
    .map((row) => row.split('\t').map((cell) => escaped(cell).replaceAll('|', '\\|')));
  const width = Math.max(...rows.map((row) => row.length));
  const drawn = rows.map((row) => `| ${Array.from({ length: width }, (_, i) => row[i] ?? '').join(' | ')} |`);
  const [first = '', ...rest] = drawn;
  return [first, `|${' --- |'.repeat(width)}`, ...rest].join('\n');
}

const line = (text: string): string => escaped(text.replace(/\s+/g, ' ').trim());

/** What would be markup at the beginning of a line, or anywhere. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<]/g, '\\$&').replace(/^(\s*)([#>+-]|\d+[.)])(?=\s)/, '$1\\$2');
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
