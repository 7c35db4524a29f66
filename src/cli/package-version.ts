/** The version of the package that these sources belong to. */

import { readFileSync } from 'node:fs';

/** Looked for upwards, for what was emitted lies deeper than the sources. */
export function packageVersion(): string {
  for (const way of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(way, import.meta.url), 'utf8')) as {
        version?: string;
      };
      if (manifest.version !== undefined) return manifest.version;
    } catch {
      // Not there: one floor higher, then.
    }
  }
  return 'unknown';
}
