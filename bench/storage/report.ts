/** The bench's table, for a terminal and for the page on performance. */

import { readFile, writeFile } from 'node:fs/promises';

export interface Row {
  readonly ours: number;
  readonly theirs: number;
  /** The least ratio that is good enough. */
  readonly floor: number;
  /** All peers, where there is more than one. */
  readonly others?: string;
}

const BEGIN = '<!-- bench:storage -->';
const END = '<!-- /bench:storage -->';

export class Report {
  readonly #lines: string[] = [];
  readonly #notes: string[] = [];

  add(what: string, peer: string, unit: string, { ours, theirs, floor, others = '' }: Row): void {
    const ratio = ours / theirs;
    const verdict = ratio >= floor ? 'yes' : '**no**';
    this.#lines.push(
      `| ${what} | ${unit} | ${ours.toFixed(0)} | ${peer} ${theirs.toFixed(0)} | ${ratio.toFixed(2)} | ${floor} | ${verdict} | ${others} |`,
    );
  }

  note(sentence: string): void {
    this.#notes.push(`${sentence}.`);
  }

  text(): string {
    const head =
      '| what | unit | ours | peer | ratio | floor | reached | all |\n|---|---|--:|--:|--:|--:|---|---|';
    return [[head, ...this.#lines].join('\n'), ...this.#notes].join('\n\n');
  }

  /** Puts the table between its marks on a page. */
  async writeInto(page: string): Promise<void> {
    const text = await readFile(page, 'utf8');
    const begin = text.indexOf(BEGIN);
    const end = text.indexOf(END);
    if (begin < 0 || end < begin) throw new Error(`${page} has no place for the table.`);
    await writeFile(page, `${text.slice(0, begin + BEGIN.length)}\n\n${this.text()}\n\n${text.slice(end)}`);
  }
}
