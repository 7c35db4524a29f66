/**
 * The documents of a segment that have a term in one field group, as in titles: read out of the term's own list, which may
 * be a thousand times as long, when they are asked for first, and kept a while. A segment never changes, so they don't.
 */

import type { ColumnCache } from './columns/column-cache.ts';
import { highHalf, lowHalf } from './hash-halves.ts';
import type { Kernels } from './kernel-host.ts';
import { MARKED_BYTES } from './kernels/group-lists.ts';
import { BLOCK_POSTINGS, C_DOCS, CURSOR_BYTES } from './kernels/layout.ts';
import type { KernelMemory } from './linear-memory.ts';

export interface GroupList {
  readonly hash: bigint;
  /** Ascending; dead ones are there, too. */
  readonly documents: Int32Array;
  /** Of each: its frequency in the group × 256 + its length code there. */
  readonly marks: Int32Array;
}

/** What lists are read with. */
export interface ListMemory {
  readonly linear: KernelMemory;
  readonly kernels: Kernels;
  /** Where lists are kept. */
  readonly lists: ColumnCache;
  scratch(which: number, size_bytes: number): number;
}

/** Scratch buffers: documents as kernels write them, and the cursor. */
const LIST_SCRATCH = 0;
const CURSOR_SCRATCH = 3;
/** Documents that kernels write at a time. */
const ROOM = 2048;
/** What a list takes beside its documents, with its place in the cache. */
const LIST_BYTES = 600;
const MARKED_WORDS = MARKED_BYTES / 4;

export class GroupLists {
  readonly #memory: ListMemory;
  readonly #descriptor: number;

  constructor(memory: ListMemory, descriptor: number) {
    this.#memory = memory;
    this.#descriptor = descriptor;
  }

  of(hash: bigint, group: number): GroupList {
    const list = this.#memory.lists.get(this, placeOf(hash, group), () => {
      const value = this.#read(hash, group);
      return { value, size_bytes: LIST_BYTES + value.documents.length * MARKED_BYTES };
    });
    // Another term has the place.
    return list.hash === hash ? list : this.#read(hash, group);
  }

  release(): void {
    this.#memory.lists.forget(this);
  }

  #read(hash: bigint, group: number): GroupList {
    const { kernels, linear } = this.#memory;
    const cursor = this.#memory.scratch(CURSOR_SCRATCH, CURSOR_BYTES);
    const to = this.#memory.scratch(LIST_SCRATCH, ROOM * MARKED_BYTES);
    linear.bytes.fill(0, cursor, cursor + C_DOCS);
    kernels.openCursor(cursor, this.#descriptor, highHalf(hash), lowHalf(hash));
    const pieces: Int32Array[] = [];
    let count: number;
    do {
      count = kernels.readGroup(cursor, group, to, ROOM);
      pieces.push(linear.words.slice(to >> 2, (to >> 2) + count * MARKED_WORDS));
    } while (count > ROOM - BLOCK_POSTINGS);
    return { hash, ...unzipped(pieces) };
  }
}

function unzipped(pieces: readonly Int32Array[]): Omit<GroupList, 'hash'> {
  const count = pieces.reduce((sum, { length }) => sum + length / MARKED_WORDS, 0);
  const documents = new Int32Array(count);
  const marks = new Int32Array(count);
  let at = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i += MARKED_WORDS) {
      documents[at] = piece[i] as number;
      marks[at++] = piece[i + 1] as number;
    }
  }
  return { documents, marks };
}

/** As much of the hash as a number holds exactly beside the group. */
function placeOf(hash: bigint, group: number): number {
  return ((highHalf(hash) & 0x1ffff) * 2 ** 32 + (lowHalf(hash) >>> 0)) * 16 + group;
}
