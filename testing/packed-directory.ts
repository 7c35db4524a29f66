/** A folder with all its files as one packed file, and back: data directories of earlier programs are kept so. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Sockets and whatever else is no file are left out. */
export function packDirectory(folder: string): Uint8Array {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) files[`${relative(folder, path)}/`] = '';
    else if (entry.isFile()) files[relative(folder, path)] = readFileSync(path).toString('base64');
  }
  return zstdCompressSync(JSON.stringify(files));
}

export function unpackDirectory(packed: Uint8Array, folder: string): void {
  const files = JSON.parse(zstdDecompressSync(packed).toString()) as Record<string, string>;
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path, Buffer.from(content, 'base64'), { mode: 0o600 });
  }
}
