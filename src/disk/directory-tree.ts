/** Making a directory of the operating system with those above it, or saying at once why that can't be. */

import { promises as fs } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { PeregrineError } from '../base/index.ts';
import { fromSystemError } from './disk-error.ts';

/**
 * Makes the directory `path` and those above it that are missing, with `mode` (default 0o777, less the umask); one that exists is
 * no error. Not by `mkdir` with `recursive`: that one tries without end where the directory above exists and takes no other, as
 * `/proc` does. `ALREADY_EXISTS` where a file is, `READ_ONLY`, `DISK_FULL`, or `IO` with `file` and `system_code`; the sentence says what is in the way.
 */
export async function makeDirectoryTree(path: string, mode = 0o777): Promise<void> {
  const whole = resolve(path);
  try {
    await makeWithThoseAbove(whole, mode);
  } catch (error) {
    throw await cantBeMade(whole, error);
  }
}

async function makeWithThoseAbove(path: string, mode: number): Promise<void> {
  try {
    await fs.mkdir(path, { mode });
    return;
  } catch (error) {
    if (await isDirectory(path)) return;
    const above = dirname(path);
    if (!hasCode(error, 'ENOENT') || above === path) throw error;
    await makeWithThoseAbove(above, mode);
  }
  // What is above is there now: a second refusal is this file system's last word, unless another process was faster.
  await fs.mkdir(path, { mode }).catch(async (error: unknown) => {
    if (!(await isDirectory(path))) throw error;
  });
}

async function cantBeMade(path: string, cause: unknown): Promise<PeregrineError> {
  const typed = fromSystemError(cause, 'makeDirectory', { file: path });
  const { nearest, isFile } = await nearestThere(path);
  const why = isFile
    ? `${nearest} is a file.`
    : typed.code === 'NOT_FOUND'
      ? `${nearest} takes no new directories.`
      : typed.facts['system_code'] === 'EACCES' || typed.facts['system_code'] === 'EPERM'
        ? `this user may make nothing in ${nearest}.`
        : typed.message.replace(/^.*? failed\. /, '');
  const code =
    (['READ_ONLY', 'DISK_FULL', 'ALREADY_EXISTS'] as const).find((known) => known === typed.code) ?? 'IO';
  return new PeregrineError(code, `The directory ${path} can't be made: ${why}`, typed.facts, cause);
}

/** The lowest of a path's names that stands, and whether it is something else than a directory. */
async function nearestThere(path: string): Promise<{ nearest: string; isFile: boolean }> {
  for (let nearest = path; ; nearest = dirname(nearest)) {
    const found = await fs.lstat(nearest).catch(() => undefined);
    const isTop = nearest === dirname(nearest);
    if (found !== undefined || isTop) return { nearest, isFile: !isTop && !(await isDirectory(nearest)) };
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await fs.stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
