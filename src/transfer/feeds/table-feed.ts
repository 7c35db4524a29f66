/** Documents of a table: CSV (RFC 4180) or TSV, the first row naming the columns. */

import { basename } from 'node:path';
import type { Readable } from 'node:stream';

import { messageOf } from '../../base/index.ts';
import { importMeta } from './archive-feed.ts';
import type { Feed, FeedItem } from './feed.ts';
import { openText } from './line-feed.ts';
import { sourceOfFields } from './text-fields.ts';

/** A row with more characters is refused. */
const MAX_ROW_CHARACTERS = 67_108_864;

export interface TableFeedOptions {
  readonly now_ms: number;
  readonly base: string;
  readonly separator: ',' | '\t' | ';';
  readonly input?: Readable;
}

export async function* tableFeed(path: string, options: TableFeedOptions): Feed & AsyncGenerator<FeedItem> {
  const file = path === '-' ? 'standard input' : basename(path);
  const { now_ms, base, separator } = options;
  let names: readonly string[] | undefined;
  for await (const { cells, number } of rowsOf(openText(path, options.input), separator)) {
    if (cells.length === 1 && cells[0] === '') continue;
    if (names === undefined) {
      names = cells.map((name) => name.trim());
      continue;
    }
    const place = { file, at: number };
    try {
      if (cells.length > names.length) throw new Error(`it has ${cells.length} cells, not ${names.length}`);
      const fields = Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
      const source = sourceOfFields(fields, { now_ms, base, fallbackId: String(number) });
      const meta = { ...importMeta(`table:${file}`, '', source.bytes, String(number)), ...source.meta };
      yield { kind: 'document', place, source: { ...source, meta } };
    } catch (error) {
      yield { kind: 'refused', place, why: messageOf(error) };
    }
  }
}

/** Rows with the number of the line on which each begins. Quotes are closed at the end at the latest. */
export async function* rowsOf(
  input: Readable,
  separator: string,
): AsyncGenerator<{ cells: readonly string[]; number: number }> {
  const decoder = new TextDecoder();
  const row = new RowReader(separator);
  for await (const chunk of input) yield* row.read(decoder.decode(chunk as Uint8Array, { stream: true }));
  yield* row.end();
}

class RowReader {
  readonly #separator: string;
  #cells: string[] = [];
  #cell = '';
  #size = 0;
  #isQuoted = false;
  /** A quote inside quotes: the next character tells whether it closes them. */
  #isAtQuote = false;
  #line = 1;
  #startLine = 1;

  constructor(separator: string) {
    this.#separator = separator;
  }

  *read(text: string): Generator<{ cells: readonly string[]; number: number }> {
    for (const character of text) {
      if (character === '\n') this.#line += 1;
      if (this.#isAtQuote) {
        this.#isAtQuote = false;
        if (character === '"') {
          this.#add('"');
          continue;
        }
        this.#isQuoted = false;
      } else if (this.#isQuoted) {
        if (character === '"') this.#isAtQuote = true;
        else this.#add(character);
        continue;
      }
      if (character === '"' && this.#cell === '' && this.#separator !== '\t') this.#isQuoted = true;
      else if (character === this.#separator) this.#endCell();
      else if (character === '\n') yield this.#endRow();
      else if (character !== '\r') this.#add(character);
    }
  }

  *end(): Generator<{ cells: readonly string[]; number: number }> {
    if (this.#cell !== '' || this.#cells.length > 0) yield this.#endRow();
  }

  #add(character: string): void {
    this.#size += 1;
    if (this.#size <= MAX_ROW_CHARACTERS) this.#cell += character;
  }

  #endCell(): void {
    this.#cells.push(this.#cell);
    this.#cell = '';
  }

  #endRow(): { cells: readonly string[]; number: number } {
    this.#endCell();
    const row = { cells: this.#cells, number: this.#startLine };
    this.#cells = [];
    this.#size = 0;
    this.#startLine = this.#line;
    return row;
  }
}
