/**
 * What Node has compiled, shared by the program with its parsing processes. Node gives its cache to nobody who may not write
 * there, and who reads pages must not write: so a process may write there until it has loaded its own modules, writes what it
 * found missing, and takes the right away from itself before the first page.
 */

import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/** What a process is started with. */
export interface SharedCode {
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The first minor versions of Node in which a process can take a right away from itself; later major versions can. */
const FIRST_MINOR: ReadonlyMap<number, number> = new Map([
  [24, 21],
  [26, 5],
]);
const SINCE_MAJOR = 27;

/** Nothing where the program keeps no code itself, or where this Node could not take the right away again. */
export function sharedCode(
  folder: string = getCompileCacheDir() ?? '',
  version: string = process.versions.node,
): SharedCode {
  if (folder === '' || !dropsRights(version)) return { execArgv: [], env: {} };
  // It tells the folder of this version of Node, in the one that it is asked for.
  const asked = dirname(folder);
  return { execArgv: [`--allow-fs-write=${asked}`], env: { NODE_COMPILE_CACHE: asked } };
}

function dropsRights(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= SINCE_MAJOR || minor >= (FIRST_MINOR.get(major) ?? Infinity);
}

interface Permission {
  drop?(right: string): void;
}

/** For a process that was started so: writes what was not there, and never writes again. */
export function leaveSharedCode(): void {
  if (process.env['NODE_COMPILE_CACHE'] === undefined) return;
  // Before: it makes no new folder without the right.
  flushCompileCache();
  // The types know an older Node.
  const permission = process.permission as Permission | undefined;
  permission?.drop?.('fs.write');
}
