/** The rules of collections in force: read once, kept ready, and read again where other hosts of a cluster may change them. */

import type { CollectionId } from '../base/index.ts';
import { type CompiledRules, compileRules, NO_RULES, type SearchRules } from '../query/index.ts';
import type { KeptSettings } from './kept-settings.ts';

const RULES_SETTING = 'search-rules';

interface Kept {
  readonly rules: Promise<CompiledRules>;
  /** What they were made of, as it is stored. */
  readonly text: Promise<string>;
}

/** Rules by collection, kept ready: every search asks. */
export class RuleBook {
  readonly #settings: KeptSettings;
  readonly #known = new Map<CollectionId, Kept>();

  constructor(settings: KeptSettings) {
    this.#settings = settings;
  }

  of(collection: CollectionId): Promise<CompiledRules> {
    const known = this.#known.get(collection);
    if (known !== undefined) return known.rules;
    const text = this.#read(collection);
    const kept = { text, rules: text.then(compiled) };
    this.#known.set(collection, kept);
    // What could not be read is tried again.
    kept.rules.catch(() => this.#forget(collection, kept));
    return kept.rules;
  }

  /** `BAD_ARGUMENT` for rules that can't be kept; durable when it resolves. */
  async set(collection: CollectionId, rules: SearchRules, who: string): Promise<void> {
    const made = compileRules(rules);
    const text = JSON.stringify(rules);
    await this.#settings.set(collection, RULES_SETTING, Buffer.from(text), who);
    this.#known.set(collection, { text: Promise.resolve(text), rules: Promise.resolve(made) });
  }

  /** Puts in force what another host has set. What is still the same stays the same object, for caches of results. */
  async reload(): Promise<void> {
    for (const [collection, kept] of this.#known) {
      const [before, now] = await Promise.all([kept.text, this.#read(collection)]);
      // Read anew by the next search, unless somebody set them here meanwhile.
      if (before !== now) this.#forget(collection, kept);
    }
  }

  #forget(collection: CollectionId, kept: Kept): void {
    if (this.#known.get(collection) === kept) this.#known.delete(collection);
  }

  async #read(collection: CollectionId): Promise<string> {
    const note = await this.#settings.get(collection, RULES_SETTING);
    return note === undefined ? '' : Buffer.from(note).toString();
  }
}

const compiled = (text: string): CompiledRules =>
  text === '' ? NO_RULES : compileRules(JSON.parse(text) as SearchRules);
