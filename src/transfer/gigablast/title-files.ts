/**
 * Which files of a Gigablast directory hold title records: data files of both name styles with their parts, unfinished
 * merges, maps, and the tree that was saved at shutdown. Oldest first: a higher number is newer.
 */

import { type Dirent, type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import { readSavedTree } from './saved-tree.ts';
import { SplitFile } from './split-file.ts';

/** Size of every part but the last, as Gigablast writes them. */
export const PART_BYTES = 2_013_265_920;

/** One file of a split data file: the bytes from `start` on. */
export interface FilePart {
  readonly path: string;
  /** Place in the whole, bytes. */
  readonly start: number;
  readonly size: number;
}

export interface TitleFile {
  readonly name: string;
  /** Number in its name: the order of age. */
  readonly id: number;
  /** Even: the target of a merge that was not finished, older than the sources that follow it. */
  readonly isMergeTarget: boolean;
  /** In order. The first does not begin at 0 where leading parts were chopped off. */
  readonly parts: readonly FilePart[];
  /** End of the last part, missing ones counted. */
  readonly end: number;
  readonly map: string | undefined;
}

export interface TitleDirectory {
  /** Absolute path of the folder that holds the files. */
  readonly path: string;
  /** Number of the old collection, from the folder's name; undefined where it does not say. */
  readonly collnum: number | undefined;
  /** Oldest first. */
  readonly files: readonly TitleFile[];
  /** `titledb-saved.dat`: what was in memory at the last save, newer than every file. */
  readonly savedTree: string | undefined;
  /** Collections that the saved tree has records of and that have no folder: told as a loss here. */
  readonly strayCollnums: readonly number[];
}

/** `titledb0001-000.dat`, `titledb0001.dat`, `titledb0002-000.003.dat`, each perhaps with `.part1` and so on. */
const DATA_FILE = /^titledb(\d{4,9})(?:-\d{3})?(?:\.\d{1,6})?\.dat(?:\.part(\d{1,6}))?$/;
const COLLECTION_FOLDER = /^coll\.(.+)\.(\d{1,5})$/;
const SAVED_TREE = 'titledb-saved.dat';

/** One collection of the old cluster, with every folder that holds some of it: shards, and copies of shards. */
export interface OldCollection {
  /** As the old cluster called it; empty for a folder whose name does not say. */
  readonly name: string;
  /** One for each host. */
  readonly folders: readonly TitleDirectory[];
}

/**
 * What lies in a folder: itself a collection, the working directory of a host with its collections, or a folder of
 * several such directories. `NOT_FOUND` where there are no title files, `IO`.
 */
export async function findOldCollections(directory: string): Promise<OldCollection[]> {
  if (directory === '') throw new PeregrineError('BAD_ARGUMENT', 'Say which folder holds the title files.');
  const path = resolve(directory);
  const folders = await foldersOfHosts(path);
  if (folders.length === 0) {
    throw new PeregrineError(
      'NOT_FOUND',
      `There are no title files (titledb0001-000.dat and so on) in ${path}.`,
      { file: path },
    );
  }
  const byName = new Map<string, TitleDirectory[]>();
  for (const folder of folders) {
    const name = COLLECTION_FOLDER.exec(basename(folder.path))?.[1] ?? '';
    byName.set(name, [...(byName.get(name) ?? []), folder]);
  }
  return [...byName].map(([name, of]) => ({ name, folders: of })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The folders of one collection: of `only`, where several lie there. `BAD_ARGUMENT` names them. */
export async function findTitleFiles(directory: string, only?: string): Promise<readonly TitleDirectory[]> {
  const all = await findOldCollections(directory);
  const chosen = only === undefined ? all : all.filter(({ name }) => name === only);
  const [first] = chosen;
  if (first !== undefined && chosen.length === 1) return first.folders;
  const names = all.map(({ name }) => name).join(', ');
  throw new PeregrineError(
    first === undefined ? 'NOT_FOUND' : 'BAD_ARGUMENT',
    `${resolve(directory)} holds ${first === undefined ? `no collection "${only ?? ''}"` : 'several collections'}; name one of them: ${names}.`,
    { file: resolve(directory) },
  );
}

/** The working directory of one host, else those of several that lie side by side. */
async function foldersOfHosts(path: string): Promise<TitleDirectory[]> {
  const own = await foldersOfHost(path);
  if (own.length > 0) return own;
  const found: TitleDirectory[] = [];
  for (const name of await foldersIn(path)) found.push(...(await foldersOfHost(join(path, name))));
  return found;
}

/** A folder with title files itself, and every collection below it; those of memory alone too. */
async function foldersOfHost(path: string): Promise<TitleDirectory[]> {
  const here = await titleFilesIn(path);
  const names = (await foldersIn(path)).filter((name) => COLLECTION_FOLDER.test(name));
  if (names.length === 0) return here === undefined ? [] : [here];
  // With collections beside it, the tree is theirs.
  const found = here === undefined || here.files.length === 0 ? [] : [{ ...here, savedTree: undefined }];
  for (const name of names) {
    const inner = await titleFilesIn(join(path, name));
    if (inner !== undefined) found.push(inner);
  }
  const known = new Set(names.map(collnumOf));
  const strayCollnums = [...(await collnumsIn(here?.savedTree))].filter((number) => !known.has(number));
  return found.map((folder, n) => (n === 0 ? { ...folder, strayCollnums } : folder));
}

function collnumOf(name: string): number | undefined {
  const number = COLLECTION_FOLDER.exec(name)?.[2];
  return number === undefined ? undefined : Number(number);
}

/** Collections that a saved tree has records of; none where it can't be read: who reads it tells that. */
async function collnumsIn(savedTree: string | undefined): Promise<ReadonlySet<number>> {
  if (savedTree === undefined) return new Set();
  const { size } = await statOf(savedTree);
  const parts = size === 0 ? [] : [{ path: savedTree, start: 0, size }];
  const file = new SplitFile({ name: SAVED_TREE, parts, end: size });
  try {
    return new Set((await readSavedTree(file, undefined)).records.map(({ collnum }) => collnum));
  } catch (error) {
    if (isPeregrineError(error, 'CORRUPT')) return new Set();
    throw error;
  } finally {
    await file.close();
  }
}

/** Names of folders, and of links to folders: disks of a cluster are often put together so. */
async function foldersIn(path: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await list(path)) {
    const isFolder = entry.isSymbolicLink()
      ? await stat(join(path, entry.name)).then(
          (found) => found.isDirectory(),
          () => false,
        )
      : entry.isDirectory();
    if (isFolder && !entry.name.startsWith('.') && entry.name !== 'trash') names.push(entry.name);
  }
  return names.sort();
}

async function titleFilesIn(path: string): Promise<TitleDirectory | undefined> {
  const entries = await list(path);
  const names = new Set(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name));
  const byName = new Map<string, { id: number; parts: Map<number, string> }>();
  for (const name of names) {
    const [, number = '', part = '0'] = DATA_FILE.exec(name) ?? [];
    if (number === '') continue;
    const whole = name.replace(/\.part\d+$/, '');
    const file = byName.get(whole) ?? { id: Number(number), parts: new Map<number, string>() };
    file.parts.set(Number(part), join(path, name));
    byName.set(whole, file);
  }
  const files: TitleFile[] = [];
  for (const [name, { id, parts }] of byName) {
    const number = /^titledb(\d+)/.exec(name)?.[1] ?? '';
    const map = names.has(`titledb${number}.map`) ? join(path, `titledb${number}.map`) : undefined;
    files.push({ name, id, isMergeTarget: id % 2 === 0, ...(await layOut(parts)), map });
  }
  files.sort((a, b) => a.id - b.id || (a.name < b.name ? -1 : 1));
  const savedTree = await savedTreeBeside(path, names);
  const collnum = collnumOf(basename(path));
  if (files.length === 0 && !names.has(SAVED_TREE)) {
    // All of a small collection may still have been in memory.
    if (collnum === undefined || !(await collnumsIn(savedTree)).has(collnum)) return undefined;
  }
  return { path, collnum, files, savedTree, strayCollnums: [] };
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

/** It lies in the working directory, one above the collection's folder, and holds every collection's. */
async function savedTreeBeside(path: string, names: ReadonlySet<string>): Promise<string | undefined> {
  if (names.has(SAVED_TREE)) return join(path, SAVED_TREE);
  if (!COLLECTION_FOLDER.test(basename(path))) return undefined;
  const above = join(dirname(path), SAVED_TREE);
  const found: Stats | undefined = await stat(above).catch(() => undefined);
  return found?.isFile() === true ? above : undefined;
}

async function list(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): PeregrineError {
  const isAbsent =
    error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
  return isAbsent
    ? new PeregrineError('NOT_FOUND', `There is no folder ${path}.`, { file: path }, error)
    : new PeregrineError('IO', `${path} can't be read.`, { file: path }, error);
}
