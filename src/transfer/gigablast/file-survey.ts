/**
 * One walk along a data file, heads of records only: where its records stand in order, how many there are, and what is
 * damaged. Every later step relies on it, so that damage is met once, and told.
 */

import {
  compareRecordKeys,
  FRAME_BYTES,
  looksPacked,
  readFrame,
  type RecordFrame,
  type RecordKey,
} from './record-frame.ts';
import { findNextRecord } from './record-search.ts';
import type { SplitFile } from './split-file.ts';
import type { TitleMap } from './title-map.ts';

/** Records of one file from `start` to `end`, in the order of their keys. A file in order is one run. */
export interface RecordRun {
  readonly start: number;
  readonly end: number;
}

/** Bytes that hold no readable record. */
export interface DataLoss {
  readonly file: string;
  readonly offset: number;
  readonly size_bytes: number;
  readonly why: string;
}

export interface FileSurvey {
  readonly runs: readonly RecordRun[];
  /** Records and tombstones. */
  readonly records: number;
  readonly tombstones: number;
  readonly losses: readonly DataLoss[];
  readonly lost_bytes: number;
}

export interface SurveyPlan {
  readonly file: SplitFile;
  readonly map: TitleMap | undefined;
  /** Another file holds what was chopped off this one's head: the torn record there is no loss. */
  readonly isHeadElsewhere: boolean;
  /** It was being written when its program ended, from files that are there still: a torn last record is no loss. */
  readonly isTailElsewhere?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Losses that are listed; more are counted in bytes alone. */
const MAX_LISTED_LOSSES = 1_000;
/** Tombstones in a row that are looked at to tell whether frames go on. */
const MAX_LOOKAHEAD = 64;
const HEAD_BYTES = FRAME_BYTES + 2;

const WHY: Readonly<Record<'cut' | 'key' | 'size' | 'data', string>> = {
  cut: 'a record ends behind the end of the file',
  key: 'what should be a key is none',
  size: 'the size of a record is negative or too large',
  data: 'what should be a record is none',
};

export async function surveyFile(plan: SurveyPlan): Promise<FileSurvey> {
  const walk = new SurveyWalk(plan);
  let end = 0;
  for (const stretch of plan.file.stretches()) {
    if (stretch.start > end && end > 0) walk.lose(end, stretch.start, 'a part of the file is missing');
    await walk.alongStretch(stretch.start, stretch.end, end > 0);
    end = stretch.end;
  }
  return walk.result();
}

class SurveyWalk {
  readonly #plan: SurveyPlan;
  readonly #runs: { start: number; end: number }[] = [];
  readonly #losses: DataLoss[] = [];
  #records = 0;
  #tombstones = 0;
  #lost_bytes = 0;
  /** The record before, which the next one confirms; undefined behind damage. */
  #previous:
    | { readonly at: number; readonly frame: RecordFrame; readonly key: RecordKey | undefined }
    | undefined;
  #lastKey: RecordKey | undefined;

  constructor(plan: SurveyPlan) {
    this.#plan = plan;
  }

  result(): FileSurvey {
    return {
      runs: this.#runs,
      records: this.#records,
      tombstones: this.#tombstones,
      losses: this.#losses,
      lost_bytes: this.#lost_bytes,
    };
  }

  lose(from: number, to: number, why: string): void {
    if (to <= from) return;
    this.#lost_bytes += to - from;
    const before = this.#losses.at(-1);
    if (this.#losses.length < MAX_LISTED_LOSSES) {
      this.#losses.push({ file: this.#plan.file.name, offset: from, size_bytes: to - from, why });
    } else if (before !== undefined) {
      this.#losses[this.#losses.length - 1] = { ...before, why: 'and more, which are not listed' };
    }
  }

  async alongStretch(start: number, end: number, isBehindHole: boolean): Promise<void> {
    this.#previous = undefined;
    let at = start;
    // A stretch that does not begin with the file most likely begins inside a record.
    if (start > 0) {
      at = await this.#search(start, end);
      const isToldElsewhere = !isBehindHole && this.#plan.isHeadElsewhere;
      if (!isToldElsewhere) this.lose(start, at, 'the head of the record is missing');
    }
    while (at < end) {
      this.#plan.signal?.throwIfAborted();
      const bytes = await this.#plan.file.read(at, Math.min(HEAD_BYTES, end - at));
      const frame = readFrame(bytes, 0, end - at);
      if (typeof frame === 'string') at = await this.#passDamage(at, end, WHY[frame]);
      else if (await this.#isTrusted(frame, bytes, at, end)) {
        this.#take(at, frame);
        at += frame.length;
      } else at = await this.#passDamage(at, end, WHY.data);
    }
  }

  /** A record that looks packed is trusted at once; others by their order or by what follows them. */
  async #isTrusted(frame: RecordFrame, bytes: Uint8Array, at: number, end: number): Promise<boolean> {
    const isInOrder = this.#lastKey === undefined || compareRecordKeys(frame.key, this.#lastKey) >= 0;
    if (!frame.isTombstone && frame.length >= HEAD_BYTES && looksPacked(bytes, 0)) return true;
    if (frame.isTombstone && isInOrder) return true;
    return this.#goesOn(at + frame.length, end);
  }

  /** Tombstones and then a packed record, or the end: frames go on here. */
  async #goesOn(from: number, end: number): Promise<boolean> {
    let at = from;
    for (let n = 0; n < MAX_LOOKAHEAD && at < end; n++) {
      const bytes = await this.#plan.file.read(at, Math.min(HEAD_BYTES, end - at));
      const frame = readFrame(bytes, 0, end - at);
      if (typeof frame === 'string') return false;
      if (!frame.isTombstone) return frame.length >= HEAD_BYTES && looksPacked(bytes, 0);
      at += frame.length;
    }
    return at <= end;
  }

  #take(at: number, frame: RecordFrame): void {
    const run = this.#runs.at(-1);
    const isInOrder = this.#lastKey === undefined || compareRecordKeys(frame.key, this.#lastKey) >= 0;
    if (run !== undefined && run.end === at && isInOrder) run.end = at + frame.length;
    else this.#runs.push({ start: at, end: at + frame.length });
    this.#records += 1;
    if (frame.isTombstone) this.#tombstones += 1;
    this.#previous = { at, frame, key: this.#lastKey };
    this.#lastKey = frame.key;
  }

  /** Takes back what was taken last: frames don't go on behind it. */
  #takeBack(): void {
    const { at, frame, key } = this.#previous ?? {};
    const run = this.#runs.at(-1);
    if (at === undefined || frame === undefined || run === undefined) return;
    run.end = at;
    if (run.end === run.start) this.#runs.pop();
    this.#records -= 1;
    if (frame.isTombstone) this.#tombstones -= 1;
    this.#lastKey = key;
    this.#previous = undefined;
  }

  /**
   * Frames break off at `at`: goes on at the next sure record, and tells what lies between. Where one begins inside
   * the record before, that record's size was wrong; a tombstone right in front of damage may be damage read as one.
   */
  async #passDamage(at: number, end: number, why: string): Promise<number> {
    const previous = this.#previous;
    let lostFrom = at;
    let next: number;
    if (previous?.frame.isTombstone === true) {
      lostFrom = previous.at;
      this.#takeBack();
      next = await this.#search(at, end);
    } else if (previous === undefined) {
      next = await this.#search(at + 1, end);
    } else {
      next = await this.#search(previous.at + 1, end);
      if (next < at) {
        lostFrom = previous.at;
        this.#takeBack();
      }
    }
    const isTornTail = why === WHY.cut && lostFrom === at && next === this.#plan.file.end;
    if (!(isTornTail && this.#plan.isTailElsewhere === true)) this.lose(lostFrom, next, why);
    this.#previous = undefined;
    return next;
  }

  #search(from: number, end: number): Promise<number> {
    const { file, map } = this.#plan;
    return findNextRecord({ file, map, from, end, after: this.#lastKey });
  }
}
