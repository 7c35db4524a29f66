/**
 * Settings of collections that change while the program runs (rules, looks), each in a note, and beside them who changed what:
 * setting and history go into one batch that holds only on what it has read, so that hosts of a cluster that change one at
 * the same moment both stand in the history. Layout: docs/formats/job-notes.md.
 */

import { type Clock, type CollectionId, PeregrineError } from '../base/index.ts';
import type { JobNotes } from './job-notes.ts';

/** One change of a setting. Values are told as far as {@link VALUE_CHARACTERS} go. */
export interface SettingChange {
  readonly at_ms: number;
  /** `admin`, `session`, `key ID` or `local`. */
  readonly who: string;
  /** Host of the cluster on which it was asked for; empty on one machine. */
  readonly host: string;
  readonly setting: string;
  /** Empty: there was none, or there is none any more. */
  readonly before: string;
  readonly after: string;
}

const HISTORY_NOTE = 'setting-changes';
const HISTORY_VERSION = 1;
/** The oldest leave as new ones come. */
export const SETTING_CHANGES_KEPT = 100;
/** Of each value; the rest is cut off. */
export const VALUE_CHARACTERS = 1_000;

export class KeptSettings {
  readonly #notes: JobNotes;
  readonly #clock: Clock;
  readonly #host: string;

  constructor(notes: JobNotes, clock: Clock, host: string) {
    this.#notes = notes;
    this.#clock = clock;
    this.#host = host;
  }

  get(collection: CollectionId, name: string): Promise<Uint8Array | undefined> {
    return this.#notes.get(collection, name);
  }

  /** Durable when it resolves. The same value once more is no change. */
  async set(
    collection: CollectionId,
    name: string,
    value: Uint8Array | undefined,
    who: string,
  ): Promise<void> {
    await this.#notes.change(collection, async (get) => {
      const [before, after] = [textOf(await get(name)), textOf(value)];
      if (before === after) return undefined;
      const change: SettingChange = {
        at_ms: this.#clock.now(),
        who,
        host: this.#host,
        setting: name,
        before: shortened(before),
        after: shortened(after),
      };
      const changes = [change, ...decodeChanges(await get(HISTORY_NOTE))].slice(0, SETTING_CHANGES_KEPT);
      return new Map([
        [name, value],
        [HISTORY_NOTE, encodeChanges(changes)],
      ]);
    });
  }

  /** The newest first. */
  async changes(collection: CollectionId): Promise<readonly SettingChange[]> {
    return decodeChanges(await this.#notes.get(collection, HISTORY_NOTE));
  }
}

export function encodeChanges(changes: readonly SettingChange[]): Uint8Array {
  return Buffer.from(JSON.stringify({ version: HISTORY_VERSION, changes }));
}

/** `UNSUPPORTED_VERSION`. */
export function decodeChanges(note: Uint8Array | undefined): readonly SettingChange[] {
  if (note === undefined) return [];
  const { version, changes } = JSON.parse(Buffer.from(note).toString()) as {
    readonly version: number;
    readonly changes: readonly SettingChange[];
  };
  if (version === HISTORY_VERSION) return changes;
  throw new PeregrineError('UNSUPPORTED_VERSION', `The history of settings is of version ${version}.`, {
    version,
  });
}

const textOf = (value: Uint8Array | undefined): string =>
  value === undefined ? '' : Buffer.from(value).toString();

const shortened = (text: string): string =>
  text.length <= VALUE_CHARACTERS ? text : `${text.slice(0, VALUE_CHARACTERS)}…`;
