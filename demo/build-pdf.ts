/**
 * Writes the field guide as PDF 1.4, by hand: standard fonts, plain streams, one cross-reference table. The same text
 * gives the same bytes everywhere. Run it to write `site/downloads/field-guide.pdf`: `node demo/build-pdf.ts`.
 */

import { readFileSync, writeFileSync } from 'node:fs';

const TITLE = 'A Field Guide to Web Search';
const AUTHOR = 'The Peregrine authors';
const CREATED = 'D:20240801090000Z';
const CHANGED = 'D:20241118090000Z';

/** A4 in points, and its margins. */
const PAGE_WIDTH = 595;
const PAGE_HEIGHT = 842;
const MARGIN = 72;

type FontName = 'F1' | 'F2';

interface Style {
  readonly font: FontName;
  readonly size: number;
  /** Distance to the baseline of the line before. */
  readonly leading: number;
  readonly spaceAbove: number;
  readonly indent: number;
}

const STYLES = {
  sheet: { font: 'F2', size: 22, leading: 28, spaceAbove: 0, indent: 0 },
  heading: { font: 'F2', size: 13, leading: 18, spaceAbove: 12, indent: 0 },
  text: { font: 'F1', size: 11, leading: 16, spaceAbove: 8, indent: 0 },
  item: { font: 'F1', size: 11, leading: 16, spaceAbove: 2, indent: 16 },
} as const satisfies Record<string, Style>;

/** Widths of Helvetica from space to tilde, in thousandths of the font size (Adobe's AFM files). */
const WIDTHS: readonly number[] =
  `278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584
  584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667
  611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500
  722 500 500 500 334 260 334 584`
    .split(/\s+/)
    .map(Number);
/** Helvetica-Bold is wider; by how much at most is enough to break lines. */
const BOLD_FACTOR = 1.1;

/** The field guide's bytes. `source`: `#` begins a sheet, `##` a heading, `-` a list item; other lines are paragraphs. */
export function buildFieldGuide(source: string = readSource()): Uint8Array {
  const sheets = source
    .split(/^# /m)
    .slice(1)
    .map((sheet, index) => renderSheet(`# ${sheet}`, index + 1));
  const pageIds = sheets.map((_, index) => 6 + index * 2);
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R /Lang (en) >>',
    `<< /Type /Pages /Kids [${pageIds.map((id) => `${id} 0 R`).join(' ')}] /Count ${sheets.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>',
    `<< /Title ${literal(TITLE)} /Author ${literal(AUTHOR)} /CreationDate (${CREATED}) /ModDate (${CHANGED}) >>`,
    ...sheets.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${PAGE_WIDTH} ${PAGE_HEIGHT}] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents ${7 + index * 2} 0 R >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ]),
  ];
  return writeObjects(objects);
}

/** Numbers the objects from 1, and notes where each begins. */
function writeObjects(objects: readonly string[]): Uint8Array {
  let file = '%PDF-1.4\n';
  const offsets: number[] = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(file.length);
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}`;
  const tableAt = file.lastIndexOf('xref\n');
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 5 0 R >>\nstartxref\n${tableAt}\n%%EOF\n`;
  return Uint8Array.from(file, (character) => character.charCodeAt(0));
}

/** Drawing commands of one page. Throws an Error if its text does not fit. */
function renderSheet(source: string, number: number): string {
  let y = PAGE_HEIGHT - MARGIN;
  const commands: string[] = [];
  const put = (text: string, style: Style, x: number): void => {
    commands.push(`BT /${style.font} ${style.size} Tf ${x} ${y} Td ${literal(text)} Tj ET`);
  };
  for (const line of source.split('\n')) {
    if (line.trim() === '') continue;
    const [, mark = '', text = ''] = /^(#{1,2} |- )?(.*)$/.exec(line) ?? [];
    const style = styleOf(mark);
    y -= style.spaceAbove;
    const lines = wrap(text, style, PAGE_WIDTH - 2 * MARGIN - style.indent);
    for (const [index, piece] of lines.entries()) {
      y -= style.leading;
      if (mark === '- ' && index === 0) put('\u00B7', style, MARGIN + 4);
      put(piece, style, MARGIN + style.indent);
    }
  }
  if (y < MARGIN) throw new Error(`Sheet ${number} is too long by ${MARGIN - y} points`);
  y = MARGIN / 2;
  put(String(number), STYLES.text, PAGE_WIDTH / 2);
  return commands.join('\n');
}

function styleOf(mark: string): Style {
  switch (mark) {
    case '# ':
      return STYLES.sheet;
    case '## ':
      return STYLES.heading;
    case '- ':
      return STYLES.item;
    default:
      return STYLES.text;
  }
}

function wrap(text: string, style: Style, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer, style) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

function widthOf(text: string, style: Style): number {
  let units = 0;
  for (const character of text) units += WIDTHS[character.charCodeAt(0) - 32] ?? 556;
  return (units / 1000) * style.size * (style.font === 'F2' ? BOLD_FACTOR : 1);
}

/** A string object. Latin-1 only, which WinAnsiEncoding shares from A0 on. */
function literal(text: string): string {
  if (/[^\x20-\x7E\xA0-\xFF]/.test(text))
    throw new Error(`"${text}" has a character that the PDF can't write`);
  return `(${text.replace(/[\\()]/g, String.raw`\$&`)})`;
}

function readSource(): string {
  return readFileSync(new URL('field-guide.txt', import.meta.url), 'utf8');
}

if (import.meta.main) {
  writeFileSync(new URL('site/downloads/field-guide.pdf', import.meta.url), buildFieldGuide());
}
