/** Calls that come again because their answer was lost on the way: each is done once. */

/** Answers that are remembered. */
const MOST_ANSWERS = 200;

export class AnsweredCalls {
  readonly #answers = new Map<string, Promise<unknown>>();

  /** What came, or will come, of `work` when the call of that id was made first. What failed is done again. */
  async once(id: string, work: () => Promise<unknown>): Promise<unknown> {
    const known = this.#answers.get(id);
    if (known !== undefined) return known;
    const answer = work();
    this.#answers.set(id, answer);
    answer.catch(() => this.#answers.delete(id));
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }
}
