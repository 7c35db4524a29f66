/** Columns while a segment is made: from the fields of documents, or out of the columns of segments that are merged. */

import { FieldReader, type FieldValue } from '../../text/index.ts';
import { type Column, type ColumnKey, dictionaryOf, keyText } from './column.ts';
import { GatheredColumn } from './gathered-column.ts';

/** Gathers the fields of documents that come in ascending order. */
export class ColumnBuilder {
  readonly #bytes: Uint8Array;
  readonly #reader: FieldReader;
  readonly #columns: GatheredColumn[] = [];
  readonly #byKey = new Map<string, number>();

  /** `bytes` hold the fields of all of them, and stay where they are until {@link finish} is done. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#reader = new FieldReader(bytes);
  }

  /** Adds a document whose fields stand there, checked. */
  add(document: number, from: number, past: number): void {
    const reader = this.#reader.open(from, past);
    // Documents of one kind have their fields in one order.
    let place = 0;
    while (reader.nextField()) {
      if (reader.count === 0) continue;
      if (this.#columns[place]?.isOf(reader) !== true) place = this.#placeOf(reader);
      (this.#columns[place] as GatheredColumn).add(document, reader);
      place += 1;
    }
  }

  /** The columns, one a step. */
  *finish(documentCount: number): Generator<void, Column[]> {
    const columns: Column[] = [];
    for (const column of this.#columns) {
      columns.push(column.finish(documentCount));
      yield;
    }
    return columns;
  }

  #placeOf(reader: FieldReader): number {
    const key = { name: reader.text(reader.nameFrom, reader.nameTo), type: reader.type };
    const text = keyText(key);
    let place = this.#byKey.get(text);
    if (place === undefined) {
      place = this.#columns.push(new GatheredColumn(key, this.#bytes, reader)) - 1;
      this.#byKey.set(text, place);
    }
    return place;
  }
}

/** A segment that is merged: its columns, and the new number of each document, −1 for dead ones. */
export interface ColumnSource {
  readonly columns: readonly ColumnKey[];
  readonly read: (key: ColumnKey) => Column | undefined;
  readonly numbers: Int32Array;
}

/**
 * The columns of a merged segment, each made when it is asked for, so that one at a time is in memory: values that no live
 * document has are gone.
 */
export function* mergeColumns(sources: readonly ColumnSource[], documentCount: number): Generator<Column> {
  const keys = new Map<string, ColumnKey>();
  for (const { columns } of sources) for (const key of columns) keys.set(keyText(key), key);
  for (const key of keys.values()) {
    const parts = sources.flatMap(({ read, numbers }) => {
      const column = read(key);
      return column === undefined ? [] : [{ column, numbers }];
    });
    const column = mergeColumn(key, parts, documentCount);
    if (column.rows > 0) yield column;
  }
}

interface MergedPart {
  readonly column: Column;
  readonly numbers: Int32Array;
}

function mergeColumn(key: ColumnKey, parts: readonly MergedPart[], documentCount: number): Column {
  const places = parts.map(usedOrdinals);
  const dictionary = joinDictionaries(parts, places);
  const { rowOfDocument, rows } = rowsByDocument(parts, documentCount);
  const counts = new Int32Array(rows + 1);
  forEachRow(parts, (_, document, from, past) => {
    counts[(rowOfDocument[document] as number) + 1] = past - from;
  });
  for (let row = 0; row < rows; row++)
    counts[row + 1] = (counts[row + 1] as number) + (counts[row] as number);
  const ordinals = new Int32Array(counts[rows] ?? 0);
  forEachRow(parts, (part, document, from, past) => {
    const { column } = parts[part] as MergedPart;
    let at = counts[rowOfDocument[document] as number] as number;
    for (let i = from; i < past; i++) {
      ordinals[at++] = (places[part] as Int32Array)[column.ordinals[i] as number] as number;
    }
  });
  const documents = new Int32Array(rows);
  rowOfDocument.forEach((row, document) => {
    if (row >= 0) documents[row] = document;
  });
  return {
    name: key.name,
    type: key.type,
    documents: rows === documentCount ? undefined : documents,
    rows,
    starts: ordinals.length === rows ? undefined : counts,
    ordinals,
    dictionary,
  };
}

/** Calls `take` for every live row with its new document number and its places in `ordinals`. */
function forEachRow(
  parts: readonly MergedPart[],
  take: (part: number, document: number, from: number, past: number) => void,
): void {
  parts.forEach(({ column, numbers }, part) => {
    for (let row = 0; row < column.rows; row++) {
      const document = numbers[column.documents?.[row] ?? row] as number;
      if (document < 0) continue;
      const from = column.starts?.[row] ?? row;
      take(part, document, from, column.starts?.[row + 1] ?? row + 1);
    }
  });
}

/** 0 for each place of the dictionary that a live document uses, −1 for others. */
function usedOrdinals(part: MergedPart): Int32Array {
  const used = new Int32Array(part.column.dictionary.length).fill(-1);
  forEachRow([part], (_, _document, from, past) => {
    for (let i = from; i < past; i++) used[part.column.ordinals[i] as number] = 0;
  });
  return used;
}

/** The used values of all parts in order; `places` become the places in it. */
function joinDictionaries(parts: readonly MergedPart[], places: readonly Int32Array[]): Column['dictionary'] {
  const next = parts.map(() => 0);
  const values: FieldValue[] = [];
  const skipUnused = (part: number): void => {
    const used = places[part] as Int32Array;
    while ((next[part] as number) < used.length && used[next[part] as number] === -1) {
      next[part] = (next[part] as number) + 1;
    }
  };
  parts.forEach((_, part) => skipUnused(part));
  for (;;) {
    let least: FieldValue | undefined;
    parts.forEach(({ column }, part) => {
      const value = column.dictionary[next[part] as number];
      if (value !== undefined && (least === undefined || value < least)) least = value;
    });
    if (least === undefined) break;
    parts.forEach(({ column }, part) => {
      const at = next[part] as number;
      if (column.dictionary[at] !== least) return;
      (places[part] as Int32Array)[at] = values.length;
      next[part] = at + 1;
      skipUnused(part);
    });
    values.push(least);
  }
  return dictionaryOf(parts[0]?.column.type ?? 'keyword', values);
}

/** Row of each new document that has the field, −1 for others. */
function rowsByDocument(
  parts: readonly MergedPart[],
  documentCount: number,
): { rowOfDocument: Int32Array; rows: number } {
  const rowOfDocument = new Int32Array(documentCount).fill(-1);
  forEachRow(parts, (_, document) => {
    rowOfDocument[document] = 0;
  });
  let rows = 0;
  for (let document = 0; document < documentCount; document++) {
    if (rowOfDocument[document] === 0) rowOfDocument[document] = rows++;
  }
  return { rowOfDocument, rows };
}
