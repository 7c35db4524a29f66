/** A derived state for tests of stores: notes every payload applied, in files that it flushes and joins. */

import { ByteReader, ByteWriter, hash64, PeregrineError, type Seq } from '../src/base/index.ts';
import type { Disk } from '../src/disk/index.ts';
import type { DerivedContext, DerivedEdit, DerivedFile, DerivedState } from '../src/storage/index.ts';

interface Note {
  readonly seq: number;
  readonly payload: number;
}

export class TallyState implements DerivedState {
  readonly number = 1;
  readonly #disk: Disk;
  #context: DerivedContext | undefined;
  #files = new Map<string, readonly Note[]>();
  #memory: Note[] = [];
  #flushing: { file: string; upTo: number; notes: readonly Note[] } | undefined;
  #nextFile = 1;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Payloads applied, in order of their sequence numbers, as often as they were. */
  get payloads(): number[] {
    const notes = [...[...this.#files.values()].flat(), ...this.#memory];
    return notes.sort((a, b) => a.seq - b.seq).map(({ payload }) => payload);
  }

  get memory_bytes(): number {
    return this.#memory.length * 16;
  }

  async open(files: readonly DerivedFile[], context: DerivedContext): Promise<void> {
    this.#context = context;
    for (const { path } of files) {
      const name = path.slice(context.pathPrefix.length);
      this.#files.set(name, await this.#read(name));
      this.#nextFile = Math.max(this.#nextFile, Number(name) + 1);
    }
  }

  apply(seq: Seq, payload: Uint8Array): void {
    this.#memory.push({ seq, payload: new ByteReader(payload).u32() });
  }

  async flush(upTo: Seq): Promise<DerivedEdit> {
    const notes = this.#memory.filter(({ seq }) => seq <= upTo);
    this.#flushing = undefined;
    if (notes.length === 0) return { add: [], remove: [] };
    const file = await this.#write(notes);
    this.#flushing = { file: file.path.slice(this.#open.pathPrefix.length), upTo, notes };
    return { add: [file], remove: [] };
  }

  flushed(): void {
    if (this.#flushing === undefined) return;
    const { file, upTo, notes } = this.#flushing;
    this.#files.set(file, notes);
    this.#memory = this.#memory.filter(({ seq }) => seq > upTo);
    this.#flushing = undefined;
  }

  /** Joins its files into one, as an index merges segments. */
  async join(): Promise<void> {
    const before = [...this.#files.keys()];
    if (before.length < 2) return;
    const notes = [...this.#files.values()].flat();
    const file = await this.#write(notes);
    await this.#open.adopt({ add: [file], remove: before.map((name) => `${this.#open.pathPrefix}${name}`) });
    for (const name of before) this.#files.delete(name);
    this.#files.set(file.path.slice(this.#open.pathPrefix.length), notes);
  }

  async close(): Promise<void> {
    this.#context = undefined;
  }

  get #open(): DerivedContext {
    if (this.#context === undefined) throw new Error('the tally is not open');
    return this.#context;
  }

  async #write(notes: readonly Note[]): Promise<DerivedFile> {
    const writer = new ByteWriter();
    for (const { seq, payload } of notes) writer.varint(seq).u32(payload);
    const bytes = writer.u64(hash64(writer.finish())).finish();
    const { directory, pathPrefix } = this.#open;
    const name = String(this.#nextFile);
    this.#nextFile += 1;
    const file = await this.#disk.open(`${directory}/${name}`, 'create');
    try {
      await file.write(bytes, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#disk.syncDirectory(directory);
    return { path: `${pathPrefix}${name}`, size_bytes: bytes.length, note: new Uint8Array(0) };
  }

  async #read(name: string): Promise<Note[]> {
    const file = await this.#disk.open(`${this.#open.directory}/${name}`, 'read');
    try {
      const bytes = new Uint8Array(await file.size());
      await file.read(bytes, 0);
      const reader = new ByteReader(bytes.subarray(0, -8));
      const isWhole = new ByteReader(bytes, bytes.length - 8).u64() === hash64(bytes.subarray(0, -8));
      if (!isWhole) throw new PeregrineError('CORRUPT', 'A file of the tally is damaged.', { file: name });
      const notes: Note[] = [];
      while (reader.remaining > 0) notes.push({ seq: reader.varint(), payload: reader.u32() });
      return notes;
    } finally {
      await file.close();
    }
  }
}
