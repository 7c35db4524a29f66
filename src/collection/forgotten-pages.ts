/** Pages that may not come back: known by a hash of their address, so that the ban itself does not remember them. */

import { ByteWriter, type CollectionId, hashString64 } from '../base/index.ts';
import type { JobNotes } from './job-notes.ts';

const VALUE_VERSION = 1;

export class ForgottenPages {
  readonly #notes: JobNotes;

  constructor(notes: JobNotes) {
    this.#notes = notes;
  }

  async has(collection: CollectionId, url: string): Promise<boolean> {
    return (await this.#notes.get(collection, noteName(url))) !== undefined;
  }

  async add(collection: CollectionId, urls: readonly string[], at_ms: number): Promise<void> {
    const value = new ByteWriter(9).u8(VALUE_VERSION).f64(at_ms).finish();
    await this.#notes.write(collection, new Map(urls.map((url) => [noteName(url), value])));
  }

  async remove(collection: CollectionId, url: string): Promise<void> {
    await this.#notes.write(collection, new Map([[noteName(url), undefined]]));
  }
}

function noteName(url: string): string {
  return `forgotten/${hashString64(url).toString(16).padStart(16, '0')}`;
}
