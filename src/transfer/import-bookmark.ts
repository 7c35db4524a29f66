/**
 * Where an import stands, durable beside the documents that it brought. It covers the longest prefix of records that
 * are all settled: what is behind it is never read again, what is before it may be done twice and counts once.
 */

import { PeregrineError } from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import type { SurveyedFile } from './gigablast/title-source.ts';
import type { ImportCounts, ImportFailure } from './import-report.ts';

export const BOOKMARK_VERSION = 1;
/** Failures in one note, so that a bookmark stays small however many there are. */
const FAILURES_PER_NOTE = 200;
const NOTE_PREFIX = 'import/';

export interface ImportBookmark {
  readonly version: number;
  readonly id: string;
  readonly directory: string;
  /** The old cluster's collection, where the folder holds several. */
  readonly from?: string;
  readonly source: string;
  /** In flight at most. */
  readonly atOnce: number;
  readonly follow: boolean;
  /** False once it was paused or is done: it does not go on by itself. */
  readonly isEnabled: boolean;
  readonly isDone: boolean;
  /** As they were surveyed; other files now mean that the import begins anew. */
  readonly files: readonly SurveyedFile[];
  /** Key of the last settled record, 24 hexadecimal digits; empty before the first. */
  readonly key: string;
  readonly counts: ImportCounts;
  readonly lost_bytes: number;
  readonly startedAt_ms: number;
  readonly endedAt_ms: number;
}

const noteName = (id: string): string => `${NOTE_PREFIX}${id}`;
const failuresName = (id: string, n: number): string =>
  `${NOTE_PREFIX}${id}/failures/${String(n).padStart(6, '0')}`;

/** Writes the bookmark and what failed since the last one, in one batch. */
export class BookmarkKeeper {
  readonly #engine: Engine;
  readonly #collection: CollectionName;
  readonly #id: string;
  /** Failures of the note that is not full yet. */
  #tail: ImportFailure[] = [];
  #notes = 0;

  constructor(engine: Engine, collection: CollectionName, id: string) {
    this.#engine = engine;
    this.#collection = collection;
    this.#id = id;
  }

  async read(): Promise<ImportBookmark | undefined> {
    const note = await this.#engine.note(this.#collection, noteName(this.#id));
    return note === undefined ? undefined : decodeBookmark(note);
  }

  /** Goes on behind the failures that were written before. Returns them all. */
  async resume(): Promise<readonly ImportFailure[]> {
    const lists = await failureLists(this.#engine, this.#collection, this.#id);
    this.#notes = Math.max(0, lists.length - 1);
    this.#tail = [...(lists.at(-1) ?? [])];
    return lists.flat();
  }

  /** Forgets an earlier run. */
  async clear(): Promise<void> {
    const notes = await this.#engine.notes(this.#collection, `${noteName(this.#id)}/failures/`);
    this.#tail = [];
    this.#notes = 0;
    const names = [...notes.keys(), noteName(this.#id)];
    await this.#engine.writeNotes(this.#collection, new Map(names.map((name) => [name, undefined])));
  }

  async write(bookmark: ImportBookmark, failures: readonly ImportFailure[]): Promise<void> {
    const notes = new Map<string, Uint8Array>([[noteName(this.#id), encode(bookmark)]]);
    for (const failure of failures) {
      if (this.#tail.length >= FAILURES_PER_NOTE) {
        notes.set(failuresName(this.#id, this.#notes), encode(this.#tail));
        this.#notes += 1;
        this.#tail = [];
      }
      this.#tail.push(failure);
    }
    if (failures.length > 0) notes.set(failuresName(this.#id, this.#notes), encode(this.#tail));
    await this.#engine.writeNotes(this.#collection, notes);
  }
}

/** The bookmarks of every import into a collection. */
export async function bookmarksOf(engine: Engine, collection: CollectionName): Promise<ImportBookmark[]> {
  const notes = await engine.notes(collection, NOTE_PREFIX);
  return [...notes].filter(([name]) => !name.includes('/failures/')).map(([, note]) => decodeBookmark(note));
}

/** Everything that an import could not take, in the order of its records. */
export async function failuresOf(
  engine: Engine,
  collection: CollectionName,
  id: string,
): Promise<readonly ImportFailure[]> {
  return (await failureLists(engine, collection, id)).flat();
}

async function failureLists(
  engine: Engine,
  collection: CollectionName,
  id: string,
): Promise<(readonly ImportFailure[])[]> {
  const notes = await engine.notes(collection, `${noteName(id)}/failures/`);
  return [...notes.values()].map(decodeFailures);
}

export function decodeBookmark(note: Uint8Array): ImportBookmark {
  const bookmark = parse(note) as ImportBookmark;
  if (bookmark.version === BOOKMARK_VERSION) return bookmark;
  throw new PeregrineError('UNSUPPORTED_VERSION', `An import's bookmark is of version ${bookmark.version}.`, {
    version: bookmark.version,
  });
}

function decodeFailures(note: Uint8Array): readonly ImportFailure[] {
  return parse(note) as readonly ImportFailure[];
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function parse(note: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(note));
  } catch (error) {
    throw new PeregrineError('CORRUPT', 'The note of an import is no JSON.', {}, error);
  }
}
