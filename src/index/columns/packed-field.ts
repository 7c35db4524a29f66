/** A field of a segment where kernels read it: its rows packed in pages, its dictionary unpacked. */

import type { KernelMemory } from '../linear-memory.ts';
import type { Kernels } from '../kernel-host.ts';
import {
  F_DESCENDING,
  F_DOCUMENTS,
  F_LAST,
  F_ORDINAL_WIDTH,
  F_ORDINALS,
  F_PRESENCE,
  F_PRESENCE_WIDTH,
  F_PRESENCE_WORD,
  F_ROWS,
  F_SEGMENT,
  F_START_WIDTH,
  F_STARTS,
  F_VALUES,
  FIELD_BYTES,
  PRESENT_LIST,
} from '../kernels/layout.ts';
import { type ColumnEntry, placesOf } from './column-codec.ts';
import type { Dictionary, PlaceSpan } from './column.ts';

/** Documents of a segment as bits: bit `d & 31` of word `d >> 5` is document d. */
export type MatchBits = Int32Array;

export interface PackedField {
  readonly entry: ColumnEntry;
  readonly dictionary: Dictionary;
}

/** What kernels compute on. */
export interface FieldMemory {
  readonly linear: KernelMemory;
  readonly kernels: Kernels;
}

/** The documents of a segment, as kernels know it. */
export interface FieldSegment {
  readonly descriptor: number;
  readonly documents: number;
}

/** A document without the field, everywhere. */
const NOWHERE: ColumnEntry = {
  name: '',
  type: 'number',
  rows: 0,
  values: 0,
  distinct: 0,
  presence: PRESENT_LIST,
  startWidth: 0,
  ordinalWidth: 0,
  dictionaryWords: 0,
  place: 0,
};

/** Lays out at `address` what kernels need of a field; of one that no document has, too. */
export function writeField(
  { words }: KernelMemory,
  address: number,
  { descriptor, documents }: FieldSegment,
  entry: ColumnEntry = NOWHERE,
  isDescending = false,
): void {
  const { presence, presenceWidth, starts, ordinals } = placesOf(entry, documents);
  const set = (field: number, value: number): void => {
    words[(address + field) >> 2] = value;
  };
  set(F_SEGMENT, descriptor);
  set(F_DOCUMENTS, documents);
  set(F_ROWS, entry.rows);
  set(F_PRESENCE, entry.presence);
  set(F_PRESENCE_WORD, presence);
  set(F_PRESENCE_WIDTH, presenceWidth);
  set(F_STARTS, starts);
  set(F_START_WIDTH, entry.startWidth);
  set(F_ORDINALS, ordinals);
  set(F_ORDINAL_WIDTH, entry.ordinalWidth);
  set(F_LAST, entry.distinct - 1);
  set(F_VALUES, entry.values);
  set(F_DESCENDING, isDescending ? 1 : 0);
}

/**
 * How many of the documents set at the address `matches` have the field, and how many a value of each of `stepCount` steps;
 * `steps` names that of each place of the dictionary, or −1; without it each place is one. Undefined where time was over.
 */
export function countPacked(
  memory: FieldMemory,
  segment: FieldSegment,
  { entry }: PackedField,
  matches: number,
  stepCount: number,
  steps?: Int32Array,
): { readonly counts: Int32Array; readonly documents: number } | undefined {
  const { linear, kernels } = memory;
  // For every place that a page can say, so that none points elsewhere.
  const placeBytes = 4 * 2 ** entry.ordinalWidth;
  const countBytes = steps === undefined ? placeBytes : Math.max(4, stepCount * 4);
  const field = linear.allocate(FIELD_BYTES + countBytes + (steps === undefined ? 0 : placeBytes));
  try {
    const counts = field + FIELD_BYTES;
    linear.bytes.fill(0, counts, counts + countBytes);
    const stepTable = steps === undefined ? 0 : counts + countBytes;
    if (steps !== undefined) {
      linear.words.fill(-1, stepTable >> 2, (stepTable + placeBytes) >> 2);
      linear.words.set(steps, stepTable >> 2);
    }
    writeField(linear, field, segment, entry);
    const documents = kernels.countValues(field, matches, stepTable, counts);
    const from = counts >> 2;
    return documents < 0 ? undefined : { counts: linear.words.slice(from, from + stepCount), documents };
  } finally {
    linear.free(field);
  }
}

/**
 * Documents with a value from place `first` to `past` − 1 of the dictionary, at which `accepted`, if there is one, is 1.
 * Undefined where time was over.
 */
export function markPacked(
  memory: FieldMemory,
  segment: FieldSegment,
  { entry }: PackedField,
  { first, past }: PlaceSpan,
  accepted?: Uint8Array,
): MatchBits | undefined {
  const { linear, kernels } = memory;
  const size = (segment.documents + 31) >> 5;
  const bitBytes = Math.max(4, size * 4);
  const field = linear.allocate(FIELD_BYTES + bitBytes + (accepted?.length ?? 0));
  try {
    const bits = field + FIELD_BYTES;
    linear.bytes.fill(0, bits, bits + bitBytes);
    const table = accepted === undefined ? 0 : bits + bitBytes;
    if (accepted !== undefined) linear.bytes.set(accepted, table);
    writeField(linear, field, segment, entry);
    const isWhole = kernels.markValues(field, table, first, past, bits) === 1;
    return isWhole ? linear.words.slice(bits >> 2, (bits >> 2) + size) : undefined;
  } finally {
    linear.free(field);
  }
}
