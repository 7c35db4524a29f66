/** Everything below a directory, to be compared with what is there later. */

import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Path → kind, time of the last change and bytes, in hex, of each file and directory below `root`. */
export function contentsOf(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(root, name);
    const { mtimeMs, mode } = lstatSync(path);
    const isFile = lstatSync(path).isFile();
    found.set(name, `${mode} ${mtimeMs} ${isFile ? readFileSync(path).toString('hex') : ''}`);
  }
  return found;
}
