/** What an outside suite says of our code: cases that agree, cases that differ on purpose, cases that are wrong. */

export interface SuiteResult {
  readonly name: string;
  /** Cases in which we do as the suite says. */
  readonly passed: number;
  /** Cases in which we differ without a reason. */
  readonly failed: number;
  /** Cases in which we differ on purpose: the sum of `reasons`. */
  readonly deviations: number;
  /** Deviations by the name of their reason, as docs/suites.md lists them. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The first failures, a line each. */
  readonly failures: readonly string[];
}

export interface Suite {
  readonly name: string;
  /** Where its data lie, below the folder of the test data. */
  readonly data: string;
  /** Reads the data at `path` and tries every case. */
  run(path: string): SuiteResult | Promise<SuiteResult>;
}

const MAX_FAILURES = 50;

/** Counts the cases of one suite. */
export class Tally {
  readonly #name: string;
  readonly #reasons = new Map<string, number>();
  readonly #failures: string[] = [];
  #passed = 0;
  #failed = 0;

  constructor(name: string) {
    this.#name = name;
  }

  pass(): void {
    this.#passed += 1;
  }

  /** A case in which we differ; `reason` is the name of a reason, or undefined where there is none. */
  differ(reason: string | undefined, what: string): void {
    if (reason !== undefined) {
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
      return;
    }
    this.#failed += 1;
    if (this.#failures.length < MAX_FAILURES) this.#failures.push(what);
  }

  result(): SuiteResult {
    const reasons = Object.fromEntries([...this.#reasons].sort(([a], [b]) => a.localeCompare(b)));
    return {
      name: this.#name,
      passed: this.#passed,
      failed: this.#failed,
      deviations: Object.values(reasons).reduce((sum, count) => sum + count, 0),
      reasons,
      failures: this.#failures,
    };
  }
}
