/**
 * The spine of a cluster: ordered streams, records changed by compare-and-set, and messages. NATS carries it in life
 * (`nats-spine.ts`), one process with a seed in simulations. Nothing here promises more than NATS with JetStream keeps:
 * a stream may lose its tail in a power cut, vanish, or come back from an old copy, and messages may be lost.
 */

/** Where a stream stands. */
export interface StreamState {
  /** Another one means another stream under the same name. */
  readonly identity: string;
  /** The first message that is still there; one above {@link lastPlace} in an empty stream. */
  readonly firstPlace: number;
  /** The last message; 0 where there never was one. */
  readonly lastPlace: number;
}

export interface StreamMessage {
  /** From 1, without gaps but those that trimming leaves at the front. */
  readonly place: number;
  readonly bytes: Uint8Array;
}

/** Why a stream did not do what it was asked. */
export type StreamFailure =
  /** Something else stands at that place: another writer was there. */
  | 'misplaced'
  /** There is no such stream (any more), or its front is gone. */
  | 'lost'
  /** No answer: it may have happened or not. */
  | 'unavailable'
  /** It is full; nothing was written. */
  | 'full';

export class StreamError extends Error {
  readonly failure: StreamFailure;

  constructor(failure: StreamFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StreamError';
    this.failure = failure;
  }
}

export interface OrderedStream {
  readonly name: string;
  state(): Promise<StreamState>;
  /**
   * Appends right behind `expectedLast`, and nowhere else; resolves with the place once a majority of the spine's servers
   * has it (in memory: see above). Calls of one caller arrive in their order.
   */
  publish(bytes: Uint8Array, expectedLast: number): Promise<number>;
  /** Messages from a place on, as they come, until the signal. Ends with a {@link StreamError}. */
  read(from: number, signal: AbortSignal): AsyncIterable<StreamMessage>;
  /** Messages up to here are not needed any more. */
  trim(upTo: number): Promise<void>;
}

export interface SharedRecord {
  readonly key: string;
  readonly value: string;
  /** Of the record; what a change is compared with. */
  readonly revision: number;
}

/** Small records that all hosts see. */
export interface SharedRecords {
  get(key: string): Promise<SharedRecord | undefined>;
  /**
   * Writes where the record is still at `revision`, 0 for one that must not exist. Resolves with the new revision,
   * undefined where somebody was there before. `unavailable` where nobody knows.
   */
  put(key: string, value: string, revision: number): Promise<number | undefined>;
  /** Tells every record now and every change after, in order of each key; a lost connection repeats. */
  watch(heard: (record: SharedRecord) => void): Promise<Subscription>;
}

export interface Subscription {
  close(): Promise<void>;
}

export interface Messenger {
  /** To all who listen, at most once. */
  tell(subject: string, bytes: Uint8Array): void;
  listen(subject: string, heard: (bytes: Uint8Array) => void): Subscription;
  /** `UNAVAILABLE` at once where nobody serves the subject; `DEADLINE`. */
  ask(subject: string, bytes: Uint8Array, timeout_ms: number, signal?: AbortSignal): Promise<Uint8Array>;
  serve(subject: string, answer: (bytes: Uint8Array) => Promise<Uint8Array>): Subscription;
}

export interface Spine {
  readonly records: SharedRecords;
  readonly messenger: Messenger;
  /** Makes the stream, which must not exist. Resolves with where it stands. */
  createStream(name: string): Promise<StreamState>;
  stream(name: string): OrderedStream;
  removeStream(name: string): Promise<void>;
  close(): Promise<void>;
}
