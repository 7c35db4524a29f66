/**
 * The UTF-16 units of the page that is being read, made once for all who look at them: a string asks at every unit what
 * kind of string it is, an array does not.
 */

/** What a longer page needed is given back. */
const KEPT_UNITS = 262_144;
/** A shorter text is turned faster unit by unit. */
const LEAST_ENCODED = 32;

let room = new Uint16Array(0);
/** The page whose units stand in `room`; empty between pages. */
let held = '';

/** Calls `read` with the units of `source`, of which there may be more in the array; while it runs {@link heldUnits} knows them. */
export function withUnits(source: string, read: (units: Uint16Array) => void): void {
  if (held !== '') return read(writeUnits(source, new Uint16Array(0)));
  try {
    room = writeUnits(source, room);
    held = source;
    read(room);
  } finally {
    held = '';
    if (room.length > KEPT_UNITS) room = new Uint16Array(0);
  }
}

/** The units of `source` where it is the page that is being read. */
export function heldUnits(source: string): Uint16Array | undefined {
  return held !== '' && source === held ? room : undefined;
}

/** Writes the units of `source` to `units`, or where these are too few to others, which are returned. */
export function writeUnits(source: string, units: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const { length } = source;
  const to = units.length < length ? new Uint16Array(length + (length >> 1)) : units;
  if (length < LEAST_ENCODED) for (let i = 0; i < length; i++) to[i] = source.charCodeAt(i);
  else Buffer.from(to.buffer).write(source, 'utf16le');
  return to;
}
