/** Time of a piece of work, by the CPU and by the clock, and medians over alternated rounds. */

export interface Measured {
  /** Seconds of CPU, of all threads of this process. */
  readonly cpu_s: number;
  readonly wall_s: number;
}

export async function measure(work: () => Promise<unknown>): Promise<Measured> {
  const cpu = process.cpuUsage();
  const start_ms = performance.now();
  await work();
  const wall_s = (performance.now() - start_ms) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { cpu_s: Math.max((user + system) / 1e6, 1e-6), wall_s };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which `share` of all lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Rates of one contestant, one entry a round. */
export class Rates {
  readonly perCpu: number[] = [];
  readonly perWall: number[] = [];

  add(count: number, { cpu_s, wall_s }: Measured): void {
    this.perCpu.push(count / cpu_s);
    this.perWall.push(count / wall_s);
  }

  get cpu(): number {
    return median(this.perCpu);
  }

  get wall(): number {
    return median(this.perWall);
  }
}

/** `rounds` times each contestant in turn, each round beginning with another one. */
export async function alternate<T>(
  contestants: readonly T[],
  rounds: number,
  run: (contestant: T, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      await run(contestants[(i + round) % contestants.length] as T, round);
    }
  }
}
