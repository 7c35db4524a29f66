/** What kernels of writing look up to read four numbers in LEB128, of one byte or two each, in a step: write-kernels/number-runs.ts. */

import { RUN_SIZES, WIDENINGS } from './write-kernels/write-layout.ts';

const NUMBERS = 4;
const LANE_BYTES = 4;
/** Of a shuffle: a byte that becomes zero. */
const NOTHING = 0x80;

/** Writes the tables: a row for each way in which eight bytes may go on, the lowest bit says it of the first. */
export function writeRunTables(bytes: Uint8Array): void {
  for (let bits = 0; bits < 256; bits++) {
    const shuffle = new Uint8Array(NUMBERS * LANE_BYTES).fill(NOTHING);
    let sizes = 0;
    let at = 0;
    for (let number = 0; number < NUMBERS; number++) {
      const isTwo = ((bits >> at) & 1) === 1;
      if (isTwo && ((bits >> (at + 1)) & 1) === 1) break;
      shuffle[number * LANE_BYTES] = at;
      if (isTwo) shuffle[number * LANE_BYTES + 1] = at + 1;
      at += isTwo ? 2 : 1;
      sizes |= at << (number * 4);
    }
    bytes.set(shuffle, WIDENINGS + bits * shuffle.length);
    bytes[RUN_SIZES + bits * 2] = sizes & 255;
    bytes[RUN_SIZES + bits * 2 + 1] = sizes >> 8;
  }
}
