/** Data files of a Gigablast as they lie in a folder: which parts there are, and where each stands in the whole. */

import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { PeregrineError } from '../../base/index.ts';

/** Size of every part but the last, as Gigablast writes them. */
export const PART_BYTES = 2_013_265_920;

/** One file of a split data file: the bytes from `start` on. */
export interface FilePart {
  readonly path: string;
  /** Place in the whole, bytes. */
  readonly start: number;
  readonly size: number;
}

/** A data file of any database. */
export interface DataFile {
  readonly name: string;
  /** Number in its name: the order of age. */
  readonly id: number;
  /** In order. The first does not begin at 0 where leading parts were chopped off. */
  readonly parts: readonly FilePart[];
  /** End of the last part, missing ones counted. */
  readonly end: number;
}

/** `titledb0001-000.dat`, `titledb0001.dat`, `titledb0002-000.003.dat`, each perhaps with `.part1` and so on. */
const DATA_FILE = /^([a-z]+)(\d{4,9})(?:-\d{3})?(?:\.\d{1,6})?\.dat(?:\.part(\d{1,6}))?$/;

/** The files of one database among the `names` of a folder, oldest first. */
export async function dataFilesIn(
  path: string,
  names: Iterable<string>,
  database: string,
): Promise<DataFile[]> {
  const byName = new Map<string, { id: number; parts: Map<number, string> }>();
  for (const name of names) {
    const [, of, number = '', part = '0'] = DATA_FILE.exec(name) ?? [];
    if (of !== database) continue;
    const whole = name.replace(/\.part\d+$/, '');
    const file = byName.get(whole) ?? { id: Number(number), parts: new Map<number, string>() };
    file.parts.set(Number(part), join(path, name));
    byName.set(whole, file);
  }
  const files: DataFile[] = [];
  for (const [name, { id, parts }] of byName) files.push({ name, id, ...(await layOut(parts)) });
  return files.sort((a, b) => a.id - b.id || (a.name < b.name ? -1 : 1));
}

/** Every part but the last has one size; a lone last part of a chopped file has the size that Gigablast gives parts. */
async function layOut(parts: ReadonlyMap<number, string>): Promise<{ parts: FilePart[]; end: number }> {
  const numbers = [...parts.keys()].sort((a, b) => a - b);
  const last = numbers.at(-1) ?? 0;
  const sizes = new Map<number, number>();
  for (const [number, path] of parts) sizes.set(number, (await statOf(path)).size);
  const whole = numbers.filter((number) => number !== last).map((number) => sizes.get(number) ?? 0);
  // A part that is shorter than its fellows was cut: its missing tail is a hole.
  const partSize = whole.length === 0 ? PART_BYTES : Math.max(...whole);
  const laid: FilePart[] = [];
  for (const number of numbers) {
    const size = sizes.get(number) ?? 0;
    if (size > 0) laid.push({ path: parts.get(number) ?? '', start: number * partSize, size });
  }
  const end = laid.at(-1);
  return { parts: laid, end: end === undefined ? 0 : end.start + end.size };
}

export async function list(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

export async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): PeregrineError {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOTDIR') {
    const message = `${path} is no folder; name the one that holds the files.`;
    return new PeregrineError('NOT_FOUND', message, { file: path }, error);
  }
  return code === 'ENOENT'
    ? new PeregrineError('NOT_FOUND', `There is no folder ${path}.`, { file: path }, error)
    : new PeregrineError('IO', `${path} can't be read.`, { file: path }, error);
}
