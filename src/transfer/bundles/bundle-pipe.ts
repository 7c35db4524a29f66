/**
 * A bundle over a pipe: whoever wants it asks for the manifest and for chunks by their hashes, one line a question; the
 * answer is four bytes of length and so many bytes.
 */

import type { Readable, Writable } from 'node:stream';

import { PeregrineError } from '../../base/index.ts';
import type { BundleFolder } from './bundle-folder.ts';
import type { BundleSource } from './bundle-fetch.ts';
import { MAX_CHUNK_BYTES, MAX_MANIFEST_BYTES } from './bundle-manifest.ts';

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

/** What the other end of a pipe answers. */
export function pipeSource(pipe: Pipe): BundleSource {
  const answers = new AnswerReader(pipe.input);
  const ask = async (question: string, longest: number): Promise<Uint8Array | undefined> => {
    await write(pipe.output, Buffer.from(`${question}\n`));
    return answers.next(longest);
  };
  return {
    manifest: async () => ask('manifest', MAX_MANIFEST_BYTES),
    chunk: async ({ hash }) => ask(`chunk ${hash}`, MAX_CHUNK_BYTES),
    close: () => pipe.close(),
  };
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
