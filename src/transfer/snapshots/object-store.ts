/** Where snapshots are kept: named, whole objects. A folder, or a bucket of an S3-compatible store. */

export interface ObjectStore {
  /** For people; holds no secret. */
  readonly name: string;
  /** There whole or not at all. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  has(key: string): Promise<boolean>;
  /** Keys that begin with `prefix`, in order. */
  list(prefix: string): Promise<readonly string[]>;
  remove(key: string): Promise<void>;
}
