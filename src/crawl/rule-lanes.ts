/** Rows of the rules that let only so many of their pages be fetched at the same time, each with its permits. */

import { Permits } from './permits.ts';
import type { RuleDecision } from './rule-table.ts';

export class RuleLanes {
  readonly #permits = new Map<number, Permits>();

  /** What a page of a row has to hold while it is fetched; undefined where the row says nothing of that. */
  of({ row, maxAtOnce }: Pick<RuleDecision, 'row' | 'maxAtOnce'>): Permits | undefined {
    if (maxAtOnce === undefined) return undefined;
    let permits = this.#permits.get(row);
    if (permits === undefined) this.#permits.set(row, (permits = new Permits(maxAtOnce)));
    return permits;
  }
}
