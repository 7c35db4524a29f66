/** Title records of hits, read in time: a record that fails, is gone or doesn't come is a result less, not a search less. */

import { type Clock, type DocId, isPeregrineError } from '../base/index.ts';
import { decodeTitleRecord, rawSizeOf, type StoredDocument } from '../document/index.ts';

export interface StoredResult {
  readonly document: StoredDocument;
  readonly size_bytes: number;
}

const OVER = 'the search is over';

/** Reads each document once. */
export class StoredResults {
  readonly #read: (docId: DocId) => Promise<Uint8Array | undefined>;
  readonly #remaining_ms: () => number;
  readonly #clock: Clock;
  readonly #known = new Map<DocId, Promise<StoredResult | undefined>>();
  /** One wait for all documents: it ends with the deadline, or is given up. */
  readonly #over = new AbortController();
  #deadline: Promise<undefined> | undefined;

  constructor(
    read: (docId: DocId) => Promise<Uint8Array | undefined>,
    remaining_ms: () => number,
    clock: Clock,
  ) {
    this.#read = read;
    this.#remaining_ms = remaining_ms;
    this.#clock = clock;
  }

  /** Nothing is read any more. */
  close(): void {
    // With a reason of our own: the one that is made otherwise collects a stack.
    this.#over.abort(OVER);
  }

  /** Undefined where there is none that can be read. */
  get(docId: DocId): Promise<StoredResult | undefined> {
    const known = this.#known.get(docId);
    if (known !== undefined) return known;
    const read = this.#get(docId);
    this.#known.set(docId, read);
    return read;
  }

  async #get(docId: DocId): Promise<StoredResult | undefined> {
    const record = await this.#beforeDeadline(this.#read(docId));
    if (record === undefined) return undefined;
    try {
      const document = decodeTitleRecord(record, { raw: false, links: false });
      return { document, size_bytes: rawSizeOf(record) || textSizeOf(document) };
    } catch (error) {
      if (isPeregrineError(error) && error.code !== 'INTERNAL') return undefined;
      throw error;
    }
  }

  async #beforeDeadline(record: Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    const answer = record.catch((error: unknown) => {
      if (isPeregrineError(error) && error.code !== 'INTERNAL') return undefined;
      throw error;
    });
    const remaining_ms = this.#remaining_ms();
    if (remaining_ms === Infinity) return answer;
    this.#deadline ??= this.#clock.sleep(Math.max(0, remaining_ms), this.#over.signal).then(
      () => undefined,
      () => undefined,
    );
    return Promise.race([answer, this.#deadline]);
  }
}

/** Of pages whose bytes may not be kept, the length of their text has to do. */
function textSizeOf({ sections }: StoredDocument): number {
  return sections.reduce((sum, { text }) => sum + text.length, 0);
}
