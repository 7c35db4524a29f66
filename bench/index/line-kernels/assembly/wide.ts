/** 64 bits at a time; counterpart of ../wide.ts. AssemblyScript. */

import { xxh64 } from './xxh64';

export function writeHash(address: i32, size: i32, to: i32): void {
  store<u64>(to, xxh64(address, size));
}

export function documentId(number: i32): f64 {
  let z: u64 = (<u64>number + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return <f64>((z ^ (z >> 31)) >> 11);
}
