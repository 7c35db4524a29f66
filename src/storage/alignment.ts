/** Everything in logs and parts begins at a multiple of eight bytes: fewer places to search, shorter cache keys. */

export const ALIGNMENT_BYTES = 8;

/** The least multiple of {@link ALIGNMENT_BYTES} that is not below `size_bytes`. */
export function alignUp(size_bytes: number): number {
  return Math.ceil(size_bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
