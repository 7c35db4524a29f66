/**
 * An export into a file that goes on where it was stopped: a bookmark, durable beside the documents, says behind which of them
 * the file is on disk. What the file has beyond it is cut off and written again.
 */

import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { type DocId, hashString64, isPeregrineError, PeregrineError } from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import { fromSystemError } from '../disk/index.ts';
import { type ExportFormat, exportPieces } from './export-documents.ts';

export interface FileExport {
  readonly file: string;
  readonly format: ExportFormat;
  /** Only what this query finds; default: everything. */
  readonly query?: string;
}

/** An export that was begun and is not at its end. */
export interface ExportBookmark extends FileExport {
  readonly documents: number;
  readonly size_bytes: number;
}

export interface ExportReport {
  readonly file: string;
  /** With those that an earlier part of the export wrote. */
  readonly documents: number;
  readonly size_bytes: number;
  /** It went on behind what an earlier one had written. */
  readonly wasResumed: boolean;
}

export interface ExportOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (documents: number, size_bytes: number) => void;
  /** Bytes between two bookmarks. Default {@link BOOKMARK_EVERY_BYTES}. */
  readonly bookmarkEvery_bytes?: number;
}

const BOOKMARK_EVERY_BYTES: number = 16 * 2 ** 20;
const VERSION = 1;
const NOTE_PREFIX = 'export/';

/** What is written down. */
interface Mark extends ExportBookmark {
  readonly version: number;
  /** The last document that is in the file; none before the first. */
  readonly after?: DocId;
}

/** Files that are being written by this process. */
const underWay = new Set<string>();

/**
 * Writes the file, or goes on with it. `IO` where it can't be written; `ALREADY_EXISTS` where it was there before, or is being
 * written; `BAD_ARGUMENT` where it was begun as another export, or was cut since; `CANCELLED` leaves it to be gone on with.
 */
export async function exportIntoFile(
  engine: Engine,
  collection: CollectionName,
  wanted: FileExport,
  options: ExportOptions = {},
): Promise<ExportReport> {
  const { file } = wanted;
  if (underWay.has(file)) throw new PeregrineError('ALREADY_EXISTS', `${file} is being written already.`);
  underWay.add(file);
  try {
    return await new ExportJob(engine, collection, wanted, options).run();
  } finally {
    underWay.delete(file);
  }
}

/** Exports of a collection that were stopped, or are under way. */
export async function exportBookmarks(
  engine: Engine,
  collection: CollectionName,
): Promise<readonly ExportBookmark[]> {
  return [...(await engine.notes(collection, NOTE_PREFIX)).values()].map(decodeMark);
}

/** Has an export begin anew the next time; its file stays as it is. */
export async function dropExportBookmark(
  engine: Engine,
  collection: CollectionName,
  file: string,
): Promise<void> {
  await engine.writeNotes(collection, new Map([[noteName(file), undefined]]));
}

class ExportJob {
  readonly #engine: Engine;
  readonly #collection: CollectionName;
  readonly #wanted: FileExport;
  readonly #options: ExportOptions;
  #documents = 0;
  #size_bytes = 0;
  #after: DocId | undefined;
  /** Bytes that the last bookmark covers. */
  #marked_bytes = 0;

  constructor(engine: Engine, collection: CollectionName, wanted: FileExport, options: ExportOptions) {
    this.#engine = engine;
    this.#collection = collection;
    this.#wanted = wanted;
    this.#options = options;
  }

  async run(): Promise<ExportReport> {
    const { file } = this.#wanted;
    const mark = await this.#earlier();
    const handle = await open(file, mark === undefined ? 'ax' : 'a').catch(async (error: unknown) => {
      throw await refusalOf(file, error);
    });
    try {
      if (mark === undefined) await this.#bookmark(handle);
      else await this.#goOnBehind(handle, mark);
      await this.#write(handle);
    } catch (error) {
      // Without a bookmark nothing can go on with what there is.
      if (this.#documents === 0 || this.#engine.isReadOnly) {
        await this.#takeBack();
        throw error;
      }
      throw isPeregrineError(error, 'CANCELLED') ? this.#stopped(error) : error;
    } finally {
      await handle.close();
    }
    await this.#dropBookmark();
    const [documents, size_bytes] = [this.#documents, this.#size_bytes];
    return { file, documents, size_bytes, wasResumed: mark !== undefined };
  }

  #stopped(cause: PeregrineError): PeregrineError {
    const documents = this.#documents;
    return new PeregrineError(
      'CANCELLED',
      `The export was stopped after ${documents} documents. Started again with the same file, it goes on there.`,
      { documents },
      cause,
    );
  }

  async #write(handle: FileHandle): Promise<void> {
    const { bookmarkEvery_bytes = BOOKMARK_EVERY_BYTES, onProgress, signal } = this.#options;
    const request = {
      ...this.#wanted,
      ...(this.#after !== undefined && { after: this.#after }),
      ...(signal !== undefined && { signal }),
    };
    try {
      for await (const { bytes, docId } of exportPieces(this.#engine, this.#collection, request)) {
        await handle.appendFile(bytes);
        this.#size_bytes += bytes.length;
        if (docId === undefined) continue;
        this.#after = docId;
        this.#documents += 1;
        onProgress?.(this.#documents, this.#size_bytes);
        if (this.#size_bytes - this.#marked_bytes >= bookmarkEvery_bytes) await this.#bookmark(handle);
      }
      await handle.sync();
    } catch (error) {
      // Where not even this can be written, the last bookmark stands.
      await this.#bookmark(handle).catch(() => undefined);
      throw error;
    }
  }

  /** Nothing is in the file, so nothing need go on with it. */
  async #takeBack(): Promise<void> {
    const { file } = this.#wanted;
    await rm(file, { force: true });
    await this.#dropBookmark().catch(() => undefined);
  }

  async #dropBookmark(): Promise<void> {
    if (this.#engine.isReadOnly) return;
    await dropExportBookmark(this.#engine, this.#collection, this.#wanted.file);
  }

  /** The bookmark of the same export, where its file is there; that of a file that is gone counts for nothing. */
  async #earlier(): Promise<Mark | undefined> {
    const { file, format, query } = this.#wanted;
    const note = await this.#engine.note(this.#collection, noteName(file));
    if (note === undefined) return undefined;
    const size_bytes = await stat(file).then(
      ({ size }) => size,
      () => undefined,
    );
    if (size_bytes === undefined) return undefined;
    const mark = decodeMark(note);
    if (mark.format !== format || mark.query !== query) {
      const as = mark.query === undefined ? mark.format : `${mark.format} of "${mark.query}"`;
      throw new PeregrineError(
        'BAD_ARGUMENT',
        `${file} was begun as ${as}: go on with that, or remove the file to begin anew.`,
      );
    }
    if (size_bytes >= mark.size_bytes) return mark;
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `${file} was cut since it was written: remove it to begin anew.`,
    );
  }

  async #goOnBehind(handle: FileHandle, { after, documents, size_bytes }: Mark): Promise<void> {
    this.#after = after;
    this.#documents = documents;
    this.#size_bytes = size_bytes;
    this.#marked_bytes = size_bytes;
    await handle.truncate(size_bytes);
  }

  /** First the file is on disk, then the bookmark that relies on it. Of a data directory that is only read none is kept. */
  async #bookmark(handle: FileHandle): Promise<void> {
    await handle.sync();
    if (this.#engine.isReadOnly) {
      this.#marked_bytes = this.#size_bytes;
      return;
    }
    const mark: Mark = {
      version: VERSION,
      ...this.#wanted,
      ...(this.#after !== undefined && { after: this.#after }),
      documents: this.#documents,
      size_bytes: this.#size_bytes,
    };
    const note = new TextEncoder().encode(JSON.stringify(mark));
    await this.#engine.writeNotes(this.#collection, new Map([[noteName(this.#wanted.file), note]]));
    this.#marked_bytes = this.#size_bytes;
  }
}

/** Why a file can't be begun, and what to do about it. */
async function refusalOf(file: string, error: unknown): Promise<PeregrineError> {
  const { code, facts, message } = fromSystemError(error, 'write', { file });
  if (code === 'ALREADY_EXISTS') {
    const isFolder = (await stat(file)).isDirectory();
    const words = isFolder
      ? `${file} is a folder: name a file in it.`
      : `${file} is there already, and no export was stopped in it: name a new file, or remove this one.`;
    return new PeregrineError(code, words, facts, error);
  }
  const folder = dirname(file);
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  const words =
    code === 'NOT_FOUND'
      ? `${file} can't be written: ${isThere ? `${folder} takes no files` : `there is no folder ${folder}`}.`
      : message.replace(/^.*? failed\./, `${file} can't be written.`);
  return new PeregrineError(code === 'NOT_FOUND' ? 'IO' : code, words, facts, error);
}

function noteName(file: string): string {
  return `${NOTE_PREFIX}${hashString64(file).toString(16).padStart(16, '0')}`;
}

function decodeMark(note: Uint8Array): Mark {
  const mark = JSON.parse(new TextDecoder().decode(note)) as Mark;
  if (mark.version === VERSION) return mark;
  throw new PeregrineError('UNSUPPORTED_VERSION', `An export's bookmark is of version ${mark.version}.`, {
    version: mark.version,
  });
}
