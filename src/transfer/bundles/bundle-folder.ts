/** A bundle as a folder: the signed manifest, and each chunk in a file named by its hash. */

import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { messageOf, PeregrineError } from '../../base/index.ts';
import { fromSystemError, replaceFile, wordsForSystemError } from '../../disk/index.ts';
import { type BundleChunk, checkChunk, MAX_MANIFEST_BYTES, type SignedManifest } from './bundle-manifest.ts';

const MANIFEST = 'manifest';

export class BundleFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** In a folder that is there: one that is not is more likely a slip of the pen. `NOT_FOUND`, `IO`. */
  async make(): Promise<void> {
    for (const path of [this.path, join(this.path, 'chunks')]) {
      await mkdir(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return;
        const { code, facts, message } = fromSystemError(error, 'make', { file: path });
        const why =
          code === 'NOT_FOUND'
            ? `there is no folder ${dirname(path)}.`
            : message.replace(/^.*? failed\. /, '');
        throw new PeregrineError(code, `${path} can't be made: ${why}`, facts, error);
      });
    }
  }

  async manifest(): Promise<SignedManifest> {
    try {
      const path = join(this.path, MANIFEST);
      if ((await stat(path)).size > MAX_MANIFEST_BYTES) throw new Error('its manifest is too large.');
      return await readFile(path);
    } catch (error) {
      const words = messageOf(wordsForSystemError(error)).replace(
        /^.*? failed\. There is no such file or directory/,
        'no file "manifest" is there',
      );
      throw new PeregrineError(
        'NOT_FOUND',
        `There is no bundle in ${this.path}: ${words}`,
        { file: this.path },
        error,
      );
    }
  }

  writeManifest(signed: SignedManifest): Promise<void> {
    return replaceFile(join(this.path, MANIFEST), signed);
  }

  /** The chunk's bytes, checked. `CORRUPT` with the chunk, `NOT_FOUND`. */
  async chunk(chunk: BundleChunk): Promise<Uint8Array> {
    const path = this.#pathOf(chunk.hash);
    let bytes: Uint8Array;
    try {
      bytes = await readFile(path);
    } catch (error) {
      throw new PeregrineError(
        'NOT_FOUND',
        `Chunk ${chunk.hash} is not in ${this.path}.`,
        { chunk: chunk.hash },
        error,
      );
    }
    checkChunk(chunk, bytes);
    return bytes;
  }

  /** True where the chunk is there and whole. */
  async hasChunk(chunk: BundleChunk): Promise<boolean> {
    try {
      await this.chunk(chunk);
      return true;
    } catch {
      return false;
    }
  }

  async writeChunk(chunk: BundleChunk, bytes: Uint8Array): Promise<void> {
    checkChunk(chunk, bytes);
    await replaceFile(this.#pathOf(chunk.hash), bytes);
  }

  /** Its bytes as they are, for who asks by name; undefined where there is none. */
  async raw(hash: string): Promise<Uint8Array | undefined> {
    return /^[\da-f]{64}$/.test(hash) ? readFile(this.#pathOf(hash)).catch(() => undefined) : undefined;
  }

  #pathOf(hash: string): string {
    return join(this.path, 'chunks', hash);
  }
}
