/** Debian packages, fetched and unpacked into the bench's cache folder: nothing is installed. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Ignored by git. `PEREGRINE_BENCH_CACHE` names another place. */
export const cacheDirectory: string =
  process.env['PEREGRINE_BENCH_CACHE'] ?? fileURLToPath(new URL('../.cache', import.meta.url));

/** Folder with the files of a package, unpacked at the first need. */
export function unpackedPackage(name: string): string {
  const target = join(cacheDirectory, 'packages', name);
  if (existsSync(target)) return target;
  const archives = join(cacheDirectory, 'debs');
  mkdirSync(archives, { recursive: true });
  const find = (): string | undefined => readdirSync(archives).find((file) => file.startsWith(`${name}_`));
  if (find() === undefined) {
    console.error(`Fetching ${name} …`);
    run('apt-get', ['download', name], archives);
  }
  const archive = find();
  if (archive === undefined) throw new Error(`The package ${name} can't be fetched.`);
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  run('dpkg-deb', ['--extract', join(archives, archive), partial], archives);
  renameSync(partial, target);
  return target;
}

/** Gives the disk space of an unpacked package back; its archive stays. */
export function dropUnpacked(name: string): void {
  rmSync(join(cacheDirectory, 'packages', name), { recursive: true, force: true });
}

function run(command: string, words: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')} failed: ${error?.message ?? stderr}`);
}
