/** The files in which a log goes on: new ones, or those whose batches stand elsewhere by now, under a new generation. */

import type { Disk } from '../disk/index.ts';
import type { FileLogOptions } from './file-log-options.ts';
import { DEFAULT_SEGMENT_BYTES } from './file-log-options.ts';
import type { RecoveredLog } from './log-recovery.ts';
import {
  OpenSegment,
  type SealedSegment,
  SEGMENT_HEADER_BYTES,
  type SegmentBeginning,
  segmentName,
} from './log-segment.ts';

/** Unused segments kept for the next rotations. */
const MAX_SPARES = 6;

/** What a next segment is to be like. */
export interface SegmentWish extends SegmentBeginning {
  /** Frames that must fit. Default: none. */
  readonly frames_bytes?: number;
  /** What stands in it before its header makes it count. */
  readonly fill?: (segment: OpenSegment) => Promise<void>;
  /** Its header and name are made durable beside what is written next: {@link OpenSegment.settled}. */
  readonly settlesLater?: boolean;
}

export class SegmentSupply {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #storeId: bigint;
  readonly #epoch: number;
  readonly #segment_bytes: number;
  readonly #isDurable: boolean;
  #nextGeneration: number;
  #nextNumber: number;
  #spares: { readonly path: string; readonly size_bytes: number }[] = [];
  /** Files of failed writes. What they hold beyond the durable end was taken back. */
  #abandoned: string[] = [];

  constructor(options: FileLogOptions, { highestGeneration, nextNumber }: RecoveredLog) {
    this.#disk = options.disk;
    this.#directory = options.directory;
    this.#storeId = options.storeId;
    this.#epoch = options.epoch;
    this.#segment_bytes = options.segment_bytes ?? DEFAULT_SEGMENT_BYTES;
    this.#isDurable = options.durability !== 'system';
    this.#nextGeneration = highestGeneration + 1;
    this.#nextNumber = nextNumber;
  }

  async next(wish: SegmentWish): Promise<OpenSegment> {
    const { firstSeq, unvouched = 0, frames_bytes = 0, fill, settlesLater = false } = wish;
    const size_bytes = Math.max(this.#segment_bytes, SEGMENT_HEADER_BYTES + frames_bytes);
    const spare = size_bytes === this.#segment_bytes ? this.#spares.shift() : undefined;
    const path = spare?.path ?? `${this.#directory}/${segmentName(this.#nextNumber)}`;
    if (spare === undefined) this.#nextNumber += 1;
    const generation = this.#nextGeneration;
    this.#nextGeneration += 1;
    const header = { storeId: this.#storeId, epoch: this.#epoch, generation, firstSeq, unvouched };
    const isDurable = this.#isDurable;
    const segment = await OpenSegment.prepare(
      this.#disk,
      path,
      header,
      size_bytes,
      spare?.size_bytes,
      isDurable,
    );
    const syncName = async (): Promise<void> => {
      if (spare === undefined) await this.#disk.syncDirectory(this.#directory);
    };
    try {
      await fill?.(segment);
      if (settlesLater) segment.writeHeaderNow(syncName);
      else {
        await segment.writeHeader();
        await syncName();
      }
    } catch (error) {
      this.#abandoned.push(path);
      await segment.file.close().catch(() => undefined);
      throw error;
    }
    return segment;
  }

  /** Nothing in it counts any more: another one may stand there, or it goes. */
  async takeBack({ path, size_bytes }: SealedSegment): Promise<void> {
    const isUsual = size_bytes === this.#segment_bytes;
    if (isUsual && this.#spares.length < MAX_SPARES) this.#spares.push({ path, size_bytes });
    else await this.#disk.remove(path);
  }

  /** Files that are kept for another use still hold what they held. */
  async removeSpares(): Promise<void> {
    for (const { path } of this.#spares.splice(0)) await this.#disk.remove(path);
  }

  /** A write there has failed. */
  abandon(path: string): void {
    this.#abandoned.push(path);
  }

  async removeAbandoned(): Promise<void> {
    for (const path of this.#abandoned.splice(0)) await this.#disk.remove(path).catch(() => undefined);
  }
}
