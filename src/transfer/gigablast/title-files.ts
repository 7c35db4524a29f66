/**
 * Which files of a Gigablast directory hold title records: data files of both name styles with their parts, unfinished
 * merges, maps, and the tree that was saved at shutdown. Oldest first: a higher number is newer.
 */

import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import { type DataFile, dataFilesIn, list, statOf } from './data-files.ts';
import { readSavedTree } from './saved-tree.ts';
import { SplitFile } from './split-file.ts';

export interface TitleFile extends DataFile {
  /** Even: the target of a merge that was not finished, older than the sources that follow it. */
  readonly isMergeTarget: boolean;
  readonly map: string | undefined;
}

export interface TitleDirectory {
  /** Absolute path of the folder that holds the files. */
  readonly path: string;
  /** Goes before the names of its files for people where several folders hold the collection: `host1/coll.main.0/`. */
  readonly label: string;
  /** Number of the old collection, from the folder's name; undefined where it does not say. */
  readonly collnum: number | undefined;
  /** Oldest first. */
  readonly files: readonly TitleFile[];
  /** `titledb-saved.dat`: what was in memory at the last save, newer than every file. */
  readonly savedTree: string | undefined;
  /** Collections that the saved tree has records of and that have no folder: told as a loss here. */
  readonly strayCollnums: readonly number[];
  /** Files of title records that are not read: of a rebuild, of a save that was not finished, packed ones. */
  readonly passedOver: readonly string[];
}

const COLLECTION_FOLDER = /^coll\.(.+)\.(\d{1,5})$/;
const SAVED_TREE = 'titledb-saved.dat';
const UNFINISHED_SAVE = 'titledb-saving.dat';
/** Whatever looks like title records, packed as they may be for keeping. */
const TITLE_DATA = /^titledb.*\.dat(?:\.part\d+)?(?:\.(?:gz|bz2|xz|zst|zip))?$/;
/** Of names. */
export const PACKED: RegExp = /\.(?:gz|bz2|xz|zst|zip)$/;
/** Folders above the working directories of hosts: of the machine, of its disks. */
const MAX_HOST_DEPTH = 3;
const PART = /\.part\d+$/;

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
  if (folders.length === 0) throw await noTitleFiles(path);
  const byName = new Map<string, TitleDirectory[]>();
  for (const folder of folders) {
    const name = COLLECTION_FOLDER.exec(basename(folder.path))?.[1] ?? '';
    byName.set(name, [...(byName.get(name) ?? []), folder]);
  }
  return [...byName]
    .map(([name, of]) => ({
      name,
      folders: of.length === 1 ? of : of.map((folder) => labelled(folder, path)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What lies there instead, and what would help. */
async function noTitleFiles(path: string): Promise<PeregrineError> {
  const beside: string[] = [];
  for (const folder of ['', ...(await foldersIn(path))]) {
    const entries = await list(join(path, folder));
    beside.push(...entries.filter(({ name }) => TITLE_DATA.test(name)).map(({ name }) => join(folder, name)));
  }
  const packed = beside.find((name) => PACKED.test(name));
  const [other] = beside.sort();
  const why =
    packed !== undefined
      ? ` ${packed} is packed: unpack it first.`
      : other !== undefined
        ? ` ${other} is of a rebuild or a save that was not finished: look for the files that it was made from, or for another copy of this host.`
        : '';
  return new PeregrineError(
    'NOT_FOUND',
    `There are no title files (titledb0001-000.dat and so on) in ${path}.${why}`,
    { file: path, passedOver: beside.join(', ') },
  );
}

function labelled(folder: TitleDirectory, root: string): TitleDirectory {
  return { ...folder, label: `${relative(root, folder.path)}/` };
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

/** The working directory of one host, else those of several that lie side by side, each perhaps in a folder of its machine. */
async function foldersOfHosts(path: string, depth = 0): Promise<TitleDirectory[]> {
  const own = await foldersOfHost(path);
  if (own.length > 0 || depth === MAX_HOST_DEPTH) return own;
  const found: TitleDirectory[] = [];
  for (const name of await foldersIn(path))
    found.push(...(await foldersOfHosts(join(path, name), depth + 1)));
  return found;
}

/** A folder with title files itself, and every collection below it; those of memory alone too. */
async function foldersOfHost(path: string): Promise<TitleDirectory[]> {
  const here = await titleFilesIn(path);
  const names = (await foldersIn(path)).filter((name) => COLLECTION_FOLDER.test(name));
  if (names.length === 0) return here === undefined ? [] : [here];
  // With collections beside it, the tree is theirs.
  const found: TitleDirectory[] = [];
  if (here !== undefined && here.files.length > 0) found.push({ ...here, savedTree: undefined });
  for (const name of names) {
    const inner = await titleFilesIn(join(path, name));
    if (inner !== undefined) found.push(inner);
  }
  const known = new Set(names.map(collnumOf));
  const strayCollnums = [...(await collnumsIn(here?.savedTree))].filter((number) => !known.has(number));
  const [first, ...others] = found;
  return first === undefined ? [] : [{ ...first, strayCollnums }, ...others];
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
  const files: TitleFile[] = [];
  for (const file of await dataFilesIn(path, names, 'titledb')) {
    const number = /^titledb(\d+)/.exec(file.name)?.[1] ?? '';
    const map = names.has(`titledb${number}.map`) ? join(path, `titledb${number}.map`) : undefined;
    files.push({ ...file, isMergeTarget: file.id % 2 === 0, map });
  }
  const savedTree = await savedTreeBeside(path, names);
  const collnum = collnumOf(basename(path));
  if (files.length === 0 && !names.has(SAVED_TREE)) {
    // All of a small collection may still have been in memory.
    if (collnum === undefined || !(await collnumsIn(savedTree)).has(collnum)) return undefined;
  }
  const known = new Set(files.map(({ name }) => name));
  const passedOver = [...names].filter(
    (name) => TITLE_DATA.test(name) && name !== SAVED_TREE && !known.has(name.replace(PART, '')),
  );
  const unfinished = await savedTreeBeside(path, names, UNFINISHED_SAVE);
  if (unfinished !== undefined && !names.has(UNFINISHED_SAVE)) passedOver.push(UNFINISHED_SAVE);
  return { path, label: '', collnum, files, savedTree, strayCollnums: [], passedOver: passedOver.sort() };
}

/** It lies in the working directory, one above the collection's folder, and holds every collection's. */
export async function savedTreeBeside(
  path: string,
  names: ReadonlySet<string>,
  name: string = SAVED_TREE,
): Promise<string | undefined> {
  if (names.has(name)) return join(path, name);
  if (!COLLECTION_FOLDER.test(basename(path))) return undefined;
  const above = join(dirname(path), name);
  const found: Stats | undefined = await stat(above).catch(() => undefined);
  return found?.isFile() === true ? above : undefined;
}
