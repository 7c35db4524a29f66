/** What a store keeps beside records and can always rebuild from them: the index. */

import type { Seq } from '../base/index.ts';

/** A file of a derived state as the manifest names it. */
export interface DerivedFile {
  /** Path relative to the shard's directory: {@link DerivedContext.pathPrefix} and a name. */
  readonly path: string;
  readonly size_bytes: number;
  /** Opaque to the store: what the owner needs to open it (collection, generation, document counts). */
  readonly note: Uint8Array;
}

/** A change of the manifest's list of derived files, adopted atomically. A path that is added again is replaced. */
export interface DerivedEdit {
  readonly add: readonly DerivedFile[];
  readonly remove: readonly string[];
}

/** Payloads in an encoded batch that were not applied yet: for each the number of its state and its length, as varints, then itself. */
export interface DerivedPayloads {
  readonly bytes: Uint8Array;
  /** Where the next one begins, with the number of its state. */
  readonly at: number;
  /** How many there are. */
  readonly left: number;
  /** The next `taken` are applied, behind which stands what is left at `at`. */
  moveTo(at: number, taken: number): void;
}

export interface DerivedState {
  /** Never changes; stands in log and manifest. The index is 1. */
  readonly number: number;
  /** Called once with what the manifest names, before replay. */
  open(files: readonly DerivedFile[], context: DerivedContext): Promise<void>;
  /** Applies one payload, in log order, deterministically, without waiting; its bytes are another's once it returns. */
  apply(seq: Seq, payload: Uint8Array): void;
  /**
   * The same for as many payloads as stand next in a batch and can be applied together, its own; moves `payloads` behind
   * them, or leaves it where it is: then one is applied alone.
   */
  applyMany?(seq: Seq, payloads: DerivedPayloads): void;
  /**
   * Writes and syncs whatever it holds in memory of entries at or below `upTo`, and returns the edit that makes it
   * durable once adopted. Applies may go on meanwhile; those stay in memory. Where adoption fails there is no
   * {@link flushed}, and the next flush answers for everything again.
   */
  flush(upTo: Seq): Promise<DerivedEdit>;
  /** The edit returned by the last {@link flush} stands in the manifest: readers may switch, memory may go. */
  flushed(): void;
  /** Bytes that {@link flush} would free. */
  readonly memory_bytes: number;
  close(): Promise<void>;
}

export interface DerivedContext {
  /** Where its files lie, as the disk sees it (`shard-000/derived-1`); it exists, and holds files only. */
  readonly directory: string;
  /** The same relative to the shard's directory (`derived-1/`): what the path of a {@link DerivedFile} begins with. */
  readonly pathPrefix: string;
  /** Adopts an edit between flushes (a merge). Resolves when durable; files removed are deleted after that. */
  adopt(edit: DerivedEdit): Promise<void>;
}
