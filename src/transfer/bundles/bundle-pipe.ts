/**
 * A bundle over a pipe: whoever wants it asks for the manifest and for chunks by their hashes, one line a question; the
 * answer is four bytes of length and so many bytes. What has come is kept, so a pipe that breaks costs one chunk.
 */

import type { Readable, Writable } from 'node:stream';

import { PeregrineError } from '../../base/index.ts';
import type { BundleFolder } from './bundle-folder.ts';
import { type BundleManifest, MAX_CHUNK_BYTES, MAX_MANIFEST_BYTES, openManifest } from './bundle-manifest.ts';

export interface Pipe {
  readonly input: Readable;
  readonly output: Writable;
  /** Lets go of both ends. */
  close(): void;
}

const NOT_THERE = 0xffff_ffff;
const LONGEST_QUESTION = 200;

/** Answers until the other side hangs up. */
export async function answerPipe(
  folder: BundleFolder,
  { input, output }: Pick<Pipe, 'input' | 'output'>,
): Promise<void> {
  let text = '';
  for await (const piece of input) {
    text += Buffer.from(piece as Uint8Array).toString('latin1');
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const [word = '', hash = ''] = text.slice(0, end).trim().split(' ');
      text = text.slice(end + 1);
      const bytes =
        word === 'manifest' ? await folder.manifest() : word === 'chunk' ? await folder.raw(hash) : undefined;
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes?.length ?? NOT_THERE);
      await write(output, bytes === undefined ? length : Buffer.concat([length, bytes]));
    }
    if (text.length > LONGEST_QUESTION)
      throw new PeregrineError('BAD_ARGUMENT', 'That is no question about a bundle.');
  }
}

export interface FetchOptions {
  /** Opens a pipe anew after it broke. */
  readonly connect: () => Promise<Pipe>;
  /** Makers whose bundles are taken; default: any, as the signature names its maker. */
  readonly trusted?: readonly string[];
  /** Broken pipes in a row without a chunk in between after which it gives up; default 10. */
  readonly patience?: number;
  readonly onProgress?: (chunks: number, of: number) => void;
}

/** Fetches what of a bundle is not in `folder` yet. `CORRUPT` names the chunk whose bytes are not the signed ones. */
export async function fetchBundle(folder: BundleFolder, options: FetchOptions): Promise<BundleManifest> {
  await folder.make();
  let failures = 0;
  let done = -1;
  for (;;) {
    let reached = done;
    try {
      return await fetchOver(folder, options, (count) => (reached = count));
    } catch (error) {
      // Wrong bytes would come again; a pipe that broke may hold the next time.
      if (
        error instanceof PeregrineError &&
        ['CORRUPT', 'FORBIDDEN', 'UNSUPPORTED_VERSION'].includes(error.code)
      )
        throw error;
      failures = reached > done ? 0 : failures + 1;
      done = Math.max(done, reached);
      if (failures >= (options.patience ?? 10)) throw error;
    }
  }
}

async function fetchOver(
  folder: BundleFolder,
  { connect, trusted, onProgress }: FetchOptions,
  reach: (count: number) => void,
): Promise<BundleManifest> {
  const pipe = await connect();
  try {
    const answers = new AnswerReader(pipe.input);
    await write(pipe.output, Buffer.from('manifest\n'));
    const signed = await answers.next(MAX_MANIFEST_BYTES);
    if (signed === undefined) throw new PeregrineError('NOT_FOUND', 'There is no bundle at the other end.');
    const manifest = openManifest(signed, trusted);
    let count = 0;
    for (const chunk of manifest.chunks) {
      if (!(await folder.hasChunk(chunk))) {
        await write(pipe.output, Buffer.from(`chunk ${chunk.hash}\n`));
        const bytes = await answers.next(MAX_CHUNK_BYTES);
        if (bytes === undefined) {
          throw new PeregrineError('CORRUPT', `Chunk ${chunk.hash} is missing at the other end.`, {
            chunk: chunk.hash,
          });
        }
        await folder.writeChunk(chunk, bytes);
      }
      count += 1;
      reach(count);
      onProgress?.(count, manifest.chunks.length);
    }
    // Last, so that a folder with a manifest is a whole bundle.
    await folder.writeManifest(signed);
    return manifest;
  } finally {
    pipe.close();
  }
}

class AnswerReader {
  readonly #pieces: AsyncIterator<unknown>;
  #bytes = Buffer.alloc(0);

  constructor(input: Readable) {
    this.#pieces = input[Symbol.asyncIterator]();
  }

  /** The next answer; undefined where the other side has no such thing. */
  async next(longest: number): Promise<Uint8Array | undefined> {
    const length = (await this.#take(4)).readUInt32LE();
    if (length === NOT_THERE) return undefined;
    if (length > longest)
      throw new PeregrineError('CORRUPT', `An answer of ${length} bytes is too large.`, { length });
    return this.#take(length);
  }

  async #take(count: number): Promise<Buffer> {
    const parts = [this.#bytes];
    let have = this.#bytes.length;
    while (have < count) {
      const next = await this.#pieces.next();
      if (next.done === true) throw new PeregrineError('IO', 'The pipe broke off.');
      const piece = Buffer.from(next.value as Uint8Array);
      parts.push(piece);
      have += piece.length;
    }
    const all = Buffer.concat(parts);
    this.#bytes = all.subarray(count);
    return all.subarray(0, count);
  }
}

function write(output: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(bytes, (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}
