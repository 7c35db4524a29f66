/**
 * Documents on their way into a live segment: a step at a time while nobody asks for them, the rest at once
 * when somebody does.
 */

import type { IndexMemory } from './index-memory.ts';
import type { PendingDocuments } from './pending-documents.ts';
import type { PlacedDocuments } from './placed-documents.ts';
import { segmentSteps } from './segment-builder.ts';
import type { FinishedSegment } from './segment.ts';

export class SegmentBuild {
  /** What it is made of; nothing is put into it any more. */
  readonly pending: PendingDocuments;
  /** Those of it that are not deletions. */
  readonly documents: PlacedDocuments;
  readonly #memory: IndexMemory;
  #steps: Generator<void, FinishedSegment> | undefined;
  #finished: FinishedSegment | undefined;
  #isOver = false;

  constructor(memory: IndexMemory, pending: PendingDocuments) {
    this.#memory = memory;
    this.pending = pending;
    this.documents = pending.documents;
    this.#isOver = this.documents.count === 0;
  }

  /** Works in steps until it is finished, here or by {@link finish}, or given up. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      await this.#memory.pause();
      if (!this.#isOver) this.#step();
    }
  }

  /** The segment, all of what is left to do done now; undefined where nothing but deletions waits. */
  finish(): FinishedSegment | undefined {
    while (!this.#isOver) this.#step();
    return this.#finished;
  }

  /** Gives up, and frees what it took but for what waits. */
  abandon(): void {
    this.#isOver = true;
    // Its return value is never looked at.
    this.#steps?.return(undefined as never);
    this.#steps = undefined;
  }

  #step(): void {
    this.#steps ??= segmentSteps(this.#memory, this.documents);
    try {
      const { done, value } = this.#steps.next();
      if (done !== true) return;
      this.#finished = value;
      this.#isOver = true;
    } catch (error) {
      // Whoever asks next begins anew, and is told.
      this.#steps = undefined;
      throw error;
    }
  }
}
