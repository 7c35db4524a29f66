/** CRC-32 (ISO-HDLC, as in gzip and PNG): the checksum of log frames. Pages use the stronger hash64. */

import { crc32 as zlibCrc32 } from 'node:zlib';

/** The CRC-32 of `bytes`; `seed` is the CRC-32 of the bytes before them, where they come in pieces. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return zlibCrc32(bytes, seed);
}
