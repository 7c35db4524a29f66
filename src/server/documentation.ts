/**
 * The documentation that the program brings along, as pages: the Markdown files of `docs/`, read when they are asked
 * for. They are this project's own words, so their markup is taken as it is.
 */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Marked, type Tokens } from 'marked';

import { escapeMarkup, type Html, trusted } from './html.ts';

/** What stands in the table of contents, in order of reading: path without `.md`, and its name there. */
export const CONTENTS: readonly (readonly [path: string, name: string])[] = [
  ['getting-started', 'Getting started'],
  ['crawl-your-site', 'Crawl your site'],
  ['crawling', 'Crawling'],
  ['query-language', 'Query language'],
  ['ranking', 'Ranking'],
  ['relevance', 'Relevance'],
  ['api', 'HTTP API'],
  ['migrating-from-gigablast', 'From Gigablast'],
  ['operating', 'Operating'],
  ['store', 'Looking after the store'],
  ['cluster', 'A cluster'],
  ['settings', 'Settings'],
  ['security', 'Security'],
  ['known-limits', 'Known limits'],
  ['errors', 'Errors'],
  ['formats/README', 'Formats on disk'],
  ['performance/README', 'Performance'],
  ['lineage', 'Lineage'],
  ['glossary', 'Glossary'],
  ['dependencies', 'Dependencies'],
];

/** In a clone three folders up from here, in the published package four. */
const ROOT = ['../../docs/', '../../../docs/']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(new URL('query-language.md', url)));

export interface DocumentationPage {
  readonly title: string;
  readonly body: Html;
}

const pages = new Map<string, DocumentationPage>();

/** The page of a path such as `formats/log`; undefined where there is none. */
export function documentationPage(path: string): DocumentationPage | undefined {
  const known = pages.get(path);
  if (known !== undefined) return known;
  const markdown = markdownOf(path);
  if (markdown === undefined) return undefined;
  const page = rendered(markdown, path);
  pages.set(path, page);
  return page;
}

/** Every page that was written: those of {@link CONTENTS}, then the others by path, named by their headings. */
export function writtenPages(): readonly (readonly [path: string, name: string])[] {
  if (ROOT === undefined) return CONTENTS;
  const known = new Set(CONTENTS.map(([path]) => path));
  const others = globSync('**/*.md', { cwd: ROOT })
    .map((file) => file.replaceAll('\\', '/').replace(/\.md$/, ''))
    .filter((path) => !known.has(path) && !path.startsWith('pictures/'))
    .sort()
    .map((path) => [path, /^# (.+)$/m.exec(markdownOf(path) ?? '')?.[1] ?? path] as const);
  return [...CONTENTS, ...others];
}

/** What was written for a path; undefined where there is no such file. */
export function markdownOf(path: string): string | undefined {
  if (ROOT === undefined || !/^[a-z][a-z-]*(?:\/(?:[a-z][a-z-]*|README))?$/.test(path)) return undefined;
  const file = new URL(`${path}.md`, ROOT);
  return existsSync(file) ? readFileSync(fileURLToPath(file), 'utf8') : undefined;
}

export function rendered(markdown: string, path: string): DocumentationPage {
  let title = 'Documentation';
  const marked = new Marked({
    renderer: {
      heading(token: Tokens.Heading): string {
        const inner = this.parser.parseInline(token.tokens);
        if (token.depth === 1) title = token.text.replaceAll('`', '');
        const id = anchorOf(token.text);
        return `<h${token.depth} id="${id}">${inner}</h${token.depth}>\n`;
      },
      link(token: Tokens.Link): string {
        const inner = this.parser.parseInline(token.tokens);
        const target = targetOf(token.href, path);
        return target === undefined ? inner : `<a href="${escapeMarkup(target)}">${inner}</a>`;
      },
      // Pictures are for the repository's readers; the program does not carry them about.
      image: ({ text }: Tokens.Image): string => escapeMarkup(text),
      table(token: Tokens.Table): string {
        const inner = ({ tokens }: Tokens.TableCell): string => this.parser.parseInline(tokens);
        const head = token.header.map((cell) => `<th>${inner(cell)}</th>`).join('');
        // On a narrow screen cells stand under one another, each with the name of its column.
        const cellOf = (cell: Tokens.TableCell, column: number): string =>
          `<td data-name="${escapeMarkup(token.header[column]?.text.replaceAll('`', '') ?? '')}">${inner(cell)}</td>`;
        const body = token.rows.map((row) => `<tr>${row.map(cellOf).join('')}</tr>`).join('\n');
        const kind = isProse(token) ? ' class="prose"' : '';
        return `<div class="scroll" tabindex="0"><table${kind}><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>\n`;
      },
      code: ({ text }: Tokens.Code): string =>
        `<pre tabindex="0" dir="ltr"><code>${escapeMarkup(text)}</code></pre>\n`,
      // A line does not end within an option, between its two dashes.
      codespan: ({ text }: Tokens.Codespan): string =>
        `<code${text.includes('-') && text.length <= WHOLE_LENGTH ? ' class="whole"' : ''}>${escapeMarkup(text)}</code>`,
    },
  });
  const body = marked.parse(markdown, { async: false });
  return { title, body: trusted(body) };
}

/** Whether a cell of it is long: such a column has no room beside others on a narrow screen. */
function isProse({ rows }: Tokens.Table): boolean {
  return rows.some((row) => row.some(({ text }) => text.length > PROSE_LENGTH));
}

const PROSE_LENGTH = 40;
/** Code up to so many characters fits into a line of a narrow screen. */
const WHOLE_LENGTH = 32;

/** As code hosts make them, so that links between pages work in both places. */
export function anchorOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** Where a link of a page leads on the server; undefined for files of the repository that are not documentation. */
function targetOf(href: string, path: string): string | undefined {
  if (/^https?:/.test(href) || href.startsWith('#')) return href;
  const { pathname, hash } = new URL(href, `http://docs/docs/${path}.md`);
  if (!pathname.startsWith('/docs/')) return undefined;
  return pathname.endsWith('.md') ? `${pathname.slice(0, -'.md'.length)}${hash}` : undefined;
}
