/** Paths as this floor takes them: names with `/` between, relative to the disk's root, never out of it. */

import { PeregrineError } from '../base/index.ts';

/** The names of a path; none for the root itself (`''` or `'.'`). `BAD_ARGUMENT` for a path that leaves the root. */
export function namesOfPath(path: string): string[] {
  if (path === '' || path === '.') return [];
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0'))) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `${JSON.stringify(path)} is no path inside a disk: it takes plain names with one / between them.`,
      { file: path },
    );
  }
  return names;
}

/** The directory that holds `path`: `''` for a name in the root. */
export function directoryOfPath(path: string): string {
  return namesOfPath(path).slice(0, -1).join('/');
}
