/** Objects as files of a folder. */

import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

import { messageOf, PeregrineError } from '../../base/index.ts';
import { makeDirectoryTree, replaceFile } from '../../disk/index.ts';
import type { ObjectStore } from './object-store.ts';

export class FolderObjects implements ObjectStore {
  readonly name: string;

  constructor(path: string) {
    this.name = resolve(path);
  }

  /** Several may put the same piece at once: a kill leaves no half of it. */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.name, key);
    await makeDirectoryTree(dirname(path));
    await replaceFile(path, bytes, { isShared: true });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return absentIsUndefined(readFile(join(this.name, key)));
  }

  async has(key: string): Promise<boolean> {
    return (await absentIsUndefined(stat(join(this.name, key)))) !== undefined;
  }

  async list(prefix: string): Promise<readonly string[]> {
    const folder = join(this.name, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const entries = await absentIsUndefined(readdir(folder, { recursive: true, withFileTypes: true }));
    return (entries ?? [])
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.new'))
      .map((entry) => relative(this.name, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  async remove(key: string): Promise<void> {
    await rm(join(this.name, key), { force: true });
  }
}

async function absentIsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new PeregrineError('IO', messageOf(error), {}, error);
  }
}
