/** Reads RTF: paragraphs, headings by outline level or style, tables, links, what the document says of itself. Source: RTF Specification 1.9.1. */

import { PeregrineError } from '../base/index.ts';
import { BlockList } from './block-list.ts';
import { parseDate } from './dates.ts';
import { type ExtractedContent, NOTHING_EXTRACTED } from './extracted.ts';
import { LinkResolver } from './link-resolver.ts';
import { charsetOfFont, charsetOfPage, decodeBytes, DEFAULT_CHARSET } from './rich-text-charsets.ts';
import { collapseSpaces } from './text-blocks.ts';

/** Groups inside groups; who nests deeper writes no text. */
const MAX_DEPTH = 2000;
const MAX_SAID_LENGTH = 2000;
const MAX_TITLE_LENGTH = 300;
const MAX_STYLES = 10_000;

/** Destinations whose content nobody reads. */
const SKIPPED: ReadonlySet<string> = new Set(
  (
    'colortbl colorschememapping datafield datastore fchars filetbl footer footerf footerl footerr ftnsep ftnsepc aftnsep ' +
    'aftnsepc generator header headerf headerl headerr latentstyles lchars listtable listoverridetable listtext mmathPr ' +
    'nonshppict objdata panose pict pntext pntxta pntxtb protusertbl revtbl rsidtbl tc themedata wgrffmtfilter xe xmlnstbl ' +
    'bkmkstart bkmkend blipuid falt fontemb fontfile template atnid atnauthor annotation'
  ).split(' '),
);
/** What the document says of itself. */
const PROPERTIES: ReadonlySet<string> = new Set([
  'title',
  'author',
  'subject',
  'keywords',
  'doccomm',
  'company',
]);
const TIMES: ReadonlySet<string> = new Set(['creatim', 'revtim']);

/** Control words that stand for a character. */
const CHARACTERS: Readonly<Record<string, string>> = {
  line: ' ',
  tab: ' ',
  emdash: '—',
  endash: '–',
  emspace: ' ',
  enspace: ' ',
  qmspace: ' ',
  bullet: '•',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
};

/** Where text goes: into the body, nowhere, or beside it under a name. */
type Destination = 'body' | 'skipped' | 'fonts' | 'styles' | 'field' | (string & {});

interface Group {
  destination: Destination;
  charset: string;
  /** Units that stand for a character of Unicode, for readers that know none. */
  fallback: number;
  isHidden: boolean;
}

const CONTROL = /([a-z]{1,32})(-?\d{1,10})? ?/iy;

/** Reads RTF. Throws `PARSE_FAILED` for what is none, or is nested beyond reason. */
export function readRichText(bytes: Uint8Array, url: string, now_ms: number): ExtractedContent {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (!source.startsWith('{\\rtf')) {
    throw new PeregrineError('PARSE_FAILED', 'The document is no RTF.', { url });
  }
  return new RichTextReader(source, url).read(now_ms);
}

class RichTextReader {
  readonly #source: string;
  readonly #url: string;
  readonly #blocks = new BlockList();
  readonly #open: Group[] = [];
  #group: Group = { destination: 'body', charset: DEFAULT_CHARSET, fallback: 1, isHidden: false };
  #at = 0;
  /** Of the paragraph. */
  #level = 0;
  #isList = false;
  #isInTable = false;
  #hasRows = false;
  /** Bytes whose letters may take several. */
  #bytes: number[] = [];
  #bytesCharset = '';
  /** Units that are still to be passed over. */
  #pass = 0;
  readonly #said = new Map<string, string>();
  readonly #fonts = new Map<number, string>();
  readonly #styles = new Map<number, number>();
  #font = 0;
  #style = 0;
  /** Target of the field that is open, and what it shows. */
  #target = '';
  #shown = '';

  constructor(source: string, url: string) {
    this.#source = source;
    this.#url = url;
  }

  read(now_ms: number): ExtractedContent {
    const { length } = this.#source;
    while (this.#at < length && !this.#blocks.isFull) {
      const unit = this.#source[this.#at] as string;
      this.#at += 1;
      if (unit === '{') this.#begin();
      else if (unit === '}') this.#end();
      else if (unit === '\\') this.#readControl();
      else if (unit !== '\r' && unit !== '\n' && unit !== '\0') this.#takeByte(unit.charCodeAt(0));
    }
    const isCut = this.#blocks.isFull;
    this.#endParagraph();
    this.#endTable();
    const links = new LinkResolver(this.#url, '').links(this.#blocks.links, [], this.#url);
    const said = (name: string): string => collapseSpaces(this.#said.get(name) ?? '');
    return {
      ...NOTHING_EXTRACTED,
      title: said('title').slice(0, MAX_TITLE_LENGTH),
      author: said('author').slice(0, MAX_TITLE_LENGTH),
      description: said('subject') || said('doccomm'),
      published_ms: parseDate(this.#timeOf('revtim') || this.#timeOf('creatim'), now_ms),
      sections: this.#blocks.sections(),
      links,
      meta: said('keywords') === '' ? {} : { keywords: said('keywords') },
      warnings: isCut ? ['The text is longer than is kept.'] : [],
    };
  }

  #begin(): void {
    this.#flushBytes();
    this.#pass = 0;
    if (this.#open.length >= MAX_DEPTH) {
      throw new PeregrineError('PARSE_FAILED', 'The groups of the RTF are nested too deep.', {
        url: this.#url,
      });
    }
    this.#open.push(this.#group);
    this.#group = { ...this.#group };
  }

  #end(): void {
    this.#flushBytes();
    this.#pass = 0;
    const ended = this.#group.destination;
    const outer = this.#open.pop();
    if (outer === undefined) return;
    this.#group = outer;
    if (ended === 'styles') this.#noteStyle();
    if (outer.destination === ended) return;
    if (ended === 'field') this.#openField();
    if (ended === 'fldrslt') this.#closeField();
  }

  #readControl(): void {
    const source = this.#source;
    CONTROL.lastIndex = this.#at;
    const [all = '', name = '', said] = CONTROL.exec(source) ?? [];
    if (name === '') return this.#readSymbol();
    this.#at += all.length;
    const isUnicode = name === 'u' && said !== undefined;
    if (this.#pass > 0 && !isUnicode) {
      this.#pass -= 1;
      if (name !== 'bin') return;
    }
    const value = said === undefined ? undefined : Number(said);
    // Bytes as they are, brackets among them.
    if (name === 'bin') this.#at += Math.max(0, value ?? 0);
    else if (isUnicode) this.#takeUnicode(value ?? 0);
    else this.#control(name, value);
  }

  /** What follows a backslash and is no letter. */
  #readSymbol(): void {
    const symbol = this.#source[this.#at] ?? '';
    this.#at += 1;
    if (symbol === "'") {
      const byte = Number.parseInt(this.#source.slice(this.#at, this.#at + 2), 16);
      this.#at += 2;
      if (byte >= 0) this.#takeByte(byte);
    } else if (symbol === '*') {
      // What comes is for programs that know it; those that are read say so.
      if (this.#group.destination === 'body') this.#group.destination = 'skipped';
    } else if (symbol === '~') this.#take('\u00a0');
    else if (symbol === '-' || symbol === '_') this.#take(symbol === '_' ? '\u2011' : '\u00ad');
    else if (symbol === '\n' || symbol === '\r') this.#endParagraph();
    else if (symbol !== '') this.#takeByte(symbol.charCodeAt(0));
  }

  #control(name: string, value: number | undefined): void {
    const group = this.#group;
    const character = CHARACTERS[name];
    if (character !== undefined) this.#take(character);
    else if (SKIPPED.has(name)) this.#enter('skipped');
    else if (PROPERTIES.has(name) || TIMES.has(name)) this.#enter(name);
    else if (name === 'fldinst') this.#enter('field');
    else if (name === 'fldrslt') this.#enter('fldrslt');
    else if (name === 'shptxt') this.#enter('body');
    else if (name === 'fonttbl') this.#enter('fonts');
    else if (name === 'stylesheet') this.#enter('styles');
    else if (name === 'ansicpg') group.charset = charsetOfPage(value ?? 0);
    else if (name === 'uc') group.fallback = Math.min(16, Math.max(0, value ?? 1));
    else if (name === 'v') group.isHidden = value !== 0;
    else if (name === 'f') this.#chooseFont(value ?? 0);
    else if (name === 'fcharset') {
      if (group.destination === 'fonts' && this.#fonts.size < MAX_STYLES) {
        this.#fonts.set(this.#font, charsetOfFont(value ?? 0));
      }
    } else if (TIMES.has(group.destination)) this.#noteTime(group.destination, name, value ?? 0);
    else this.#paragraphControl(name, value);
  }

  #paragraphControl(name: string, value: number | undefined): void {
    if (this.#group.destination === 'styles') {
      if (name === 's') this.#style = value ?? 0;
      return;
    }
    if (this.#group.destination === 'skipped') return;
    if (name === 'par' || name === 'sect' || name === 'page') this.#endParagraph();
    else if (name === 'cell' || name === 'nestcell') this.#take('\t');
    else if (name === 'row' || name === 'nestrow') this.#endRow();
    else if (name === 'pard') {
      this.#level = 0;
      this.#isList = false;
      this.#isInTable = false;
    } else if (name === 'intbl') this.#isInTable = true;
    else if (name === 'ls' || name === 'pnlvlblt' || name === 'pnlvlbody') this.#isList = true;
    else if (name === 'outlinelevel') this.#level = value !== undefined && value < 6 ? value + 1 : 0;
    else if (name === 's') this.#level = this.#styles.get(value ?? 0) ?? this.#level;
  }

  #enter(destination: Destination): void {
    if (this.#group.destination === 'skipped' && this.#open.at(-1)?.destination === 'skipped') {
      // Text in a drawing is text; all else of what is skipped stays so.
      if (destination !== 'body') return;
    }
    this.#flushBytes();
    this.#group.destination = destination;
  }

  #chooseFont(font: number): void {
    if (this.#group.destination === 'fonts') this.#font = font;
    else this.#group.charset = this.#fonts.get(font) ?? this.#group.charset;
  }

  #takeByte(byte: number): void {
    if (this.#pass > 0) {
      this.#pass -= 1;
      return;
    }
    if (this.#group.destination === 'skipped' || this.#group.isHidden) return;
    if (this.#bytesCharset !== this.#group.charset) this.#flushBytes();
    this.#bytesCharset = this.#group.charset;
    this.#bytes.push(byte);
  }

  #takeUnicode(value: number): void {
    this.#pass = 0;
    this.#take(String.fromCharCode(value & 0xffff));
    this.#pass = this.#group.fallback;
  }

  #flushBytes(): void {
    if (this.#bytes.length === 0) return;
    const bytes = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    this.#append(decodeBytes(bytes, this.#bytesCharset));
  }

  #take(text: string): void {
    this.#flushBytes();
    this.#append(text);
  }

  #append(text: string): void {
    const { destination, isHidden } = this.#group;
    if (destination === 'skipped' || destination === 'fonts' || isHidden) return;
    if (destination === 'body' || destination === 'fldrslt') {
      if (!this.#isInTable && text.trim() !== '') this.#endTable();
      this.#blocks.append(text);
      if (this.#target !== '' && this.#shown.length < MAX_SAID_LENGTH) this.#shown += text;
    } else {
      const before = this.#said.get(destination) ?? '';
      if (before.length < MAX_SAID_LENGTH) this.#said.set(destination, before + text);
    }
  }

  #endParagraph(): void {
    this.#flushBytes();
    if (this.#isInTable) {
      this.#blocks.append(' ');
      return;
    }
    if (this.#hasRows) return this.#endTable();
    this.#blocks.flush(this.#level > 0 ? 'heading' : this.#isList ? 'list' : 'text', this.#level);
  }

  #endRow(): void {
    this.#take('\n');
    this.#hasRows = true;
  }

  /** The first text behind a table ends it. */
  #endTable(): void {
    if (!this.#hasRows) return;
    this.#hasRows = false;
    this.#blocks.flush('table');
  }

  /** A style of headings by its name, which ends with a semicolon: `heading 2;`. */
  #noteStyle(): void {
    const name = this.#said.get('styles') ?? '';
    this.#said.delete('styles');
    const level =
      /^\s*heading ([1-6])\b/i.exec(name)?.[1] ?? (/^\s*title;?\s*$/i.test(name) ? '1' : undefined);
    if (level !== undefined && this.#styles.size < MAX_STYLES) this.#styles.set(this.#style, Number(level));
    this.#style = 0;
  }

  #openField(): void {
    const instruction = this.#said.get('field') ?? '';
    this.#said.delete('field');
    this.#target = /HYPERLINK\s+"([^"]{1,2048})"/.exec(instruction)?.[1] ?? '';
    this.#shown = '';
  }

  #closeField(): void {
    if (this.#target !== '') this.#blocks.addLink(this.#target, collapseSpaces(this.#shown));
    this.#target = '';
  }

  #noteTime(name: string, part: string, value: number): void {
    const key = `${name}.${part}`;
    if (/^(?:yr|mo|dy|hr|min)$/.test(part))
      this.#said.set(key, String(value).padStart(part === 'yr' ? 4 : 2, '0'));
  }

  #timeOf(name: string): string {
    const part = (key: string, missing: string): string => this.#said.get(`${name}.${key}`) ?? missing;
    const year = part('yr', '');
    if (year === '') return '';
    return `${year}-${part('mo', '01')}-${part('dy', '01')}T${part('hr', '00')}:${part('min', '00')}:00Z`;
  }
}
