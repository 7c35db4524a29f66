/** Leaves of structured documents as metadata: each path a name, its values parted by line feeds. */

/** Names of a document, values of a name, and their lengths: what is longer is text, not a value to choose by. */
const MAX_NAMES = 256;
const MAX_VALUES = 64;
const MAX_NAME_LENGTH = 100;
const MAX_DEPTH = 16;
const MAX_VALUE_LENGTH = 128;

export class LeafFields {
  readonly #values = new Map<string, Set<string>>();

  /** One leaf; `path` leads to it by names, without the places in lists. */
  add(path: readonly string[], value: string): void {
    if (value.length > MAX_VALUE_LENGTH * 2 || path.length > MAX_DEPTH) return;
    if (path.some((part) => part.length > MAX_NAME_LENGTH)) return;
    const name = path.join('.').toLowerCase();
    const said = value.trim();
    if (name === '' || name.length > MAX_NAME_LENGTH || /\s/.test(name)) return;
    if (said === '' || said.length > MAX_VALUE_LENGTH || said.includes('\n')) return;
    let values = this.#values.get(name);
    if (values === undefined) {
      if (this.#values.size >= MAX_NAMES) return;
      values = new Set();
      this.#values.set(name, values);
    }
    if (values.size < MAX_VALUES) values.add(said);
  }

  finish(): Record<string, string> {
    // Without a prototype: a leaf may be called as it likes.
    const meta = Object.create(null) as Record<string, string>;
    for (const [name, values] of this.#values) meta[name] = [...values].join('\n');
    return meta;
  }
}
