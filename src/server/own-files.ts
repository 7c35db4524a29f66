/** Our stylesheet, scripts and icon: read once, named by their content, cached by browsers for ever. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { compressedOnce } from './compression.ts';

export interface OwnFile {
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
  /** The same in Brotli. */
  readonly brotli: Buffer;
}

export interface OwnFiles {
  readonly style: OwnFile;
  readonly adminStyle: OwnFile;
  readonly keysScript: OwnFile;
  readonly liveScript: OwnFile;
  readonly icon: OwnFile;
  /** For other pages: under a name that stays. */
  readonly widget: OwnFile;
}

let files: OwnFiles | undefined;

/** Read and compressed at the first call. */
export function readOwnFiles(): OwnFiles {
  files ??= {
    style: readOwnFile('style.css', 'text/css; charset=utf-8'),
    adminStyle: readOwnFile('admin.css', 'text/css; charset=utf-8'),
    keysScript: readOwnFile('keys.js', 'text/javascript; charset=utf-8'),
    liveScript: readOwnFile('live.js', 'text/javascript; charset=utf-8'),
    icon: readOwnFile('favicon.svg', 'image/svg+xml'),
    widget: readOwnFile('widget.js', 'text/javascript; charset=utf-8'),
  };
  return files;
}

function readOwnFile(name: string, type: string): OwnFile {
  const bytes = readFileSync(new URL(`./assets/${name}`, import.meta.url));
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const path = `/assets/${name.replace('.', `-${version}.`)}`;
  return { path, type, bytes, brotli: compressedOnce(bytes) };
}
