/** Passes over the lists of a document's terms, 64 bytes in a register; counterpart of ../term-runs.ts. AssemblyScript. */

const BLOCK_BYTES: i32 = 64;
/** So many places of two bytes each are below the limit of positions. */
const MOST_PLACES: i32 = 60;

export let passedTo: i32 = 0;

export function passShort(from: i32, readable: i32, terms: i32): i32 {
  let at = from;
  let left = terms;
  while (left > 0 && at + BLOCK_BYTES <= readable) {
    const open = goesOn(at) | (goesOn(at + 16) << 16) | (goesOn(at + 32) << 32) | (goesOn(at + 48) << 48);
    if ((open & (open << 1)) !== 0) break;
    // Where numbers begin, from the next term's count on. The last is not passed: whether all of it is here can't be seen.
    let begins = ~(open << 1);
    const before = left;
    while (left > 0) {
      const count: i32 = load<u8>(at + <i32>ctz(begins));
      // Most have one to four: which of these can't be guessed.
      const places = begins & (begins - 1);
      const one = places & (places - 1);
      const two = one & (one - 1);
      const three = two & (two - 1);
      let next = select(
        one,
        select(two, select(three, three & (three - 1), count === 3), count === 2),
        count === 1,
      );
      if (<u32>(count - 1) > 3) {
        if (count === 0 || count > MOST_PLACES) break;
        for (let more = count; more > 4 && next !== 0; more--) next &= next - 1;
      }
      if (next === 0) break;
      begins = next;
      left--;
    }
    if (left === before) break;
    at += <i32>ctz(begins);
  }
  passedTo = at;
  return terms - left;
}

function goesOn(at: i32): i64 {
  return <i64>i8x16.bitmask(v128.load(at));
}
