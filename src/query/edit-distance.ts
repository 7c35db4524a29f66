/** How many letters two words differ by: more, less, other, or two neighbours swapped (optimal string alignment). */

/** The distance, or `limit + 1` where it is more than `limit`. */
export function editDistance(left: string, right: string, limit: number): number {
  if (left === right) return 0;
  const a = Array.from(left);
  const b = Array.from(right);
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + cost,
      );
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) distance = Math.min(distance, (beforeLast[j - 2] as number) + 1);
      row.push(distance);
      if (distance < least) least = distance;
    }
    // Rows never fall below their least again, but by the swap that looks two rows back.
    if (least > limit + 1) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return Math.min(limit + 1, last[b.length] as number);
}
