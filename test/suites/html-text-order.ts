/** html5lib's tree-construction cases against our reader of pages: the words in the order of the tree. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SKIPPED_ELEMENTS } from '../../src/document/html-elements.ts';
import { readHtml } from '../../src/document/html.ts';
import { datCases, type DatCase } from './dat-file.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

/** Elements around a fragment, so that a reader of whole pages stands where the fragment does. */
const AROUND: Readonly<Record<string, string>> = {
  caption: '<table><caption>',
  colgroup: '<table><colgroup>',
  tbody: '<table><tbody>',
  thead: '<table><thead>',
  tfoot: '<table><tfoot>',
  tr: '<table><tr>',
  td: '<table><tr><td>',
};

export const htmlTextOrder: Suite = {
  name: 'html5lib-tree-text-order',
  data: 'tests/html5lib/tree-construction',
  run(path): SuiteResult {
    const tally = new Tally(this.name);
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.dat')).sort()) {
      datCases(readFileSync(join(path, file))).forEach((each, i) => tryCase(tally, file, i, each));
    }
    return tally.result();
  },
};

function tryCase(tally: Tally, file: string, number: number, each: DatCase): void {
  const data = each['data'] ?? '';
  const context = each['document-fragment'] ?? '';
  const wanted = textOf(each['document'] ?? '', context);
  const before = AROUND[context] ?? (context === '' ? '' : `<${context.replace(' ', '><')}>`);
  // NUL characters are gone before a page is read.
  const page = readHtml((before + data).replaceAll('\0', ''), 'https://example.org/', 0);
  const got = bare(page.sections.map(({ text }) => text).join(''));
  if (got === wanted) tally.pass();
  else
    tally.differ(
      reasonOf(each, context, wanted, got),
      `${file} ${number + 1}: "${wanted}" but "${got}" of ${data} ${context}`,
    );
}

/** Text of the tree without what our reader skips: scripts, drawings, forms' choices, the title. */
function textOf(tree: string, context: string): string {
  if (context.split(' ').some((name) => SKIPPED_ELEMENTS.has(name))) return '';
  let text = '';
  let skippedAt = -1;
  for (const line of tree.split(/\n(?=\| )/)) {
    const [, indent = '', content = ''] = /^\| ( *)([^]*)$/.exec(line) ?? [];
    const depth = indent.length;
    if (skippedAt >= 0 && depth > skippedAt) continue;
    skippedAt = -1;
    const name = /^<(?:svg |math )?([^\s>]+)>$/.exec(content)?.[1];
    if (name !== undefined && SKIPPED_ELEMENTS.has(name)) skippedAt = depth;
    if (content.startsWith('"')) text += content.replace(/"\n*$/, '').slice(1);
  }
  return bare(text);
}

/** White space is ours to collapse. */
function bare(text: string): string {
  return text.replaceAll(/[\s\0\uFFFD]+/g, '');
}

function reasonOf(each: DatCase, context: string, wanted: string, got: string): string | undefined {
  if (each['script-on'] !== undefined) return 'scripting';
  if (/^(?:svg|math) /.test(context)) return 'foreign-fragment';
  return /<table/i.test(each['data'] ?? '') && sortedLetters(wanted) === sortedLetters(got)
    ? 'foster-parenting'
    : undefined;
}

function sortedLetters(text: string): string {
  return text.split('').sort().join('');
}
