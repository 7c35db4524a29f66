/** Values as they stand in queries. */

/** A value behind a colon: quoted where it must be. */
export function quoted(value: string): string {
  return /^[\p{L}\p{N}._/-]+$/u.test(value) ? value : `"${value.replaceAll('"', ' ').trim()}"`;
}
