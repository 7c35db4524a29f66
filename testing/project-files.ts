/** The files of this project as tests of the house look at them: everything but what is installed or built. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot: string = fileURLToPath(new URL('..', import.meta.url));

const LEFT_OUT = new Set(['node_modules', 'dist', '.git', '.cache']);

/** Paths from the root, with `/` between names, sorted; those under `folder` alone where one is given. */
export function projectFiles(folder = '', ...endings: readonly string[]): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(join(projectRoot, path), { withFileTypes: true })) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) walk(inner);
      else if (entry.isFile() && (endings.length === 0 || endings.some((ending) => inner.endsWith(ending)))) {
        found.push(inner);
      }
    }
  };
  walk(folder);
  return found.sort();
}

export function projectText(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}
