/** The rules of collections in force: read from their notes once, kept ready. */

import type { CollectionId } from '../base/index.ts';
import { type CompiledRules, compileRules, NO_RULES, type SearchRules } from '../query/index.ts';
import type { JobNotes } from './job-notes.ts';

const RULES_NOTE = 'search-rules';

/** Rules by collection, kept ready: every search asks. */
export class RuleBook {
  readonly #notes: JobNotes;
  readonly #known = new Map<CollectionId, Promise<CompiledRules>>();

  constructor(notes: JobNotes) {
    this.#notes = notes;
  }

  of(collection: CollectionId): Promise<CompiledRules> {
    const known = this.#known.get(collection);
    if (known !== undefined) return known;
    const read = this.#read(collection);
    this.#known.set(collection, read);
    // What could not be read is tried again.
    read.catch(() => this.#known.delete(collection));
    return read;
  }

  /** `BAD_ARGUMENT` for rules that can't be kept; durable when it resolves. */
  async set(collection: CollectionId, rules: SearchRules): Promise<void> {
    const compiled = compileRules(rules);
    await this.#notes.write(collection, new Map([[RULES_NOTE, Buffer.from(JSON.stringify(rules))]]));
    this.#known.set(collection, Promise.resolve(compiled));
  }

  async #read(collection: CollectionId): Promise<CompiledRules> {
    const note = await this.#notes.get(collection, RULES_NOTE);
    return note === undefined
      ? NO_RULES
      : compileRules(JSON.parse(Buffer.from(note).toString()) as SearchRules);
  }
}
