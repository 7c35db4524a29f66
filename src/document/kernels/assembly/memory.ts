/** Loads, stores and multiplication of the kernels in WebAssembly; counterpart of ../memory.ts. AssemblyScript. */

@inline export function load32(address: i32): i32 { return load<i32>(address); }
@inline export function store32(address: i32, value: i32): void { store<i32>(address, value); }
@inline export function load16(address: i32): i32 { return <i32>load<u16>(address); }
@inline export function load8(address: i32): i32 { return <i32>load<u8>(address); }
@inline export function store8(address: i32, value: i32): void { store<u8>(address, <u8>value); }
@inline export function fillBytes(to: i32, value: i32, size: i32): void { memory.fill(to, <u8>value, size); }
@inline export function multiply(a: i32, b: i32): i32 { return a * b; }
@inline export function isBelow(a: i32, b: i32): bool { return <u32>a < <u32>b; }
@inline export function leadingZeros(value: i32): i32 { return clz<i32>(value); }

@inline export function writeNumber(to: i32, value: i32): i32 {
  // Whether a number takes one byte or two is guessed wrong too often: both are written alike.
  const goesOn = <i32>(value > 127);
  if (<u32>value < 16384) {
    store<u16>(to, <u16>((value & 127) | (goesOn << 7) | ((value >>> 7) << 8)));
    return to + 1 + goesOn;
  }
  let at = to;
  let rest = value;
  for (; rest > 127; rest >>>= 7) store<u8>(at++, <u8>(rest | 128));
  store<u8>(at, <u8>rest);
  return at + 1;
}

@inline function differing(one: i32, other: i32): i32 {
  return i16x8.bitmask(i16x8.ne(v128.load(one), v128.load(other)));
}

@inline export function areSame(one: i32, other: i32, count: i32): bool {
  // Most words are one step; where one ends a loop over its units would be guessed wrong.
  let from = one, to = other, left = count;
  for (; left > 8; left -= 8) {
    if (differing(from, to) != 0) return false;
    from += 16;
    to += 16;
  }
  return differing(from, to) << (32 - left) == 0;
}

/** Sixteen bits of `all`, which are the bytes that `places` names. */
@inline function countSixteen(counters: i32, all: v128, places: v128): void {
  const bits = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const areSet = i8x16.eq(v128.and(i8x16.swizzle(all, places), bits), bits);
  // Where one is set, all bits are: minus one.
  v128.store(counters, i8x16.sub(v128.load(counters), areSet));
}

@inline export function countBits(counters: i32, low: i32, high: i32): void {
  const first = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const second = i8x16(2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
  countSixteen(counters, i32x4.splat(low), first);
  countSixteen(counters + 16, i32x4.splat(low), second);
  countSixteen(counters + 32, i32x4.splat(high), first);
  countSixteen(counters + 48, i32x4.splat(high), second);
}
