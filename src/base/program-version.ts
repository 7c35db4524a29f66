/** The version of the program, as its package says. */

import { readFileSync } from 'node:fs';

/** `0.0.0` where no package is found. */
export function programVersion(): string {
  // What was emitted for the published package lies one folder deeper than the sources.
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
        readonly version?: string;
      };
      if (manifest.version !== undefined) return manifest.version;
    } catch {
      // Not here.
    }
  }
  return '0.0.0';
}
