/** Finds the end tag that ends a script: one inside a script that stands in a comment of it ends only that one. */

/** What opens and ends a comment in a script, and a script in the comment. */
const MARKS = /<!--|-->|<\/?script[\s/>]/gi;

/** Follows the text of one script. Source of the rules: HTML Standard, §13.2.5.17 ff., "script data escaped". */
export class ScriptEnd {
  /** Up to here the marks were looked at: each once, however many end tags there are. */
  #seen: number;
  #inComment = false;
  #inInner = false;

  /** `start` is where the content of the script begins. */
  constructor(start: number) {
    this.#seen = start;
  }

  /** True when the end tag at `at` ends the script. */
  endsAt(markup: string, at: number): boolean {
    if (!this.#inComment && !markup.slice(this.#seen, at).includes('<!--')) {
      this.#seen = at;
      return true;
    }
    MARKS.lastIndex = this.#seen;
    for (let found = MARKS.exec(markup); found !== null && found.index < at; found = MARKS.exec(markup)) {
      const [mark] = found;
      if (mark === '<!--') this.#inComment = true;
      else if (mark === '-->') this.#inComment = this.#inInner = false;
      else if (this.#inComment) this.#inInner = mark[1] !== '/';
    }
    this.#seen = at;
    return !this.#inInner;
  }
}
