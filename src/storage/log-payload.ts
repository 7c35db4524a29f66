/** Reads the payload of a frame that recovery found, and checks it again. */

import { PeregrineError } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import { FRAME_GENERATION_AT, FRAME_HEADER_BYTES, frameBytes, readFrame } from './log-frame.ts';
import type { LocatedFrame } from './log-recovery.ts';
import type { RetryingReads } from './retrying-reads.ts';

/** What recovery saw whole may be read otherwise now, and must not be applied so. `IO`. */
export async function readPayload(
  disk: Disk,
  { path, offset, payload_bytes, generation, seq }: LocatedFrame,
  salt: number,
  reads: RetryingReads,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(frameBytes(payload_bytes));
  const file = await disk.open(path, 'read');
  try {
    const read = async (): Promise<void> => {
      await file.read(bytes, offset);
      // Recovery takes a frame whose generation alone is damaged: everything else vouches for it.
      new DataView(bytes.buffer).setUint32(FRAME_GENERATION_AT, generation, true);
      const frame = readFrame(bytes, 0, salt, generation);
      if (frame?.seq === seq && frame.payload_bytes === payload_bytes) return;
      throw new PeregrineError('IO', `A frame of ${path} was read otherwise than before.`, {
        file: path,
        offset,
      });
    };
    await reads.withRetries(read, { priority: 'background', file: path });
  } finally {
    await file.close();
  }
  return bytes.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + payload_bytes);
}
