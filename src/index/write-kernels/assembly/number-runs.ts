/** Runs of numbers in LEB128 with 128-bit instructions; counterpart of ../number-runs.ts. AssemblyScript. */

export function skipShort(from: i32, count: i32): i32 {
  let at = from;
  let left = count;
  let isOpen: i32 = 0;
  while (left > 0) {
    const goesOn = i8x16.bitmask(v128.load(at));
    if ((goesOn & ((goesOn << 1) | isOpen)) !== 0) return 0;
    let ends = ~goesOn & 0xffff;
    const numbers = popcnt(ends);
    if (numbers >= left) {
      if (goesOn === 0) return at + left;
      for (; left > 1; left--) ends &= ends - 1;
      return at + ctz(ends) + 1;
    }
    left -= numbers;
    isOpen = goesOn >>> 15;
    at += 16;
  }
  return at;
}

export function widenRun(from: i32, count: i32, more: i32, to: i32): i32 {
  const all = i32x4.splat(more);
  const past = to + (count << 2);
  let at = from;
  let target = to;
  while (target < past) {
    if (target + 16 <= past && (load<i32>(at) & 0x80808080) === 0) {
      const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(at));
      v128.store(target, v128.or(i32x4.extend_low_i16x8_u(bytes), all));
      at += 4;
      target += 16;
      continue;
    }
    let byte: i32 = load<u8>(at++);
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = load<u8>(at++);
      value |= (byte & 127) << shift;
    }
    store<i32>(target, value | more);
    target += 4;
  }
  return at;
}
