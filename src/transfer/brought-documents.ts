/** What an import has brought by now, by address: of two documents with one address one stays, and is counted once; a dry run has nothing else to find the first in. */

import { hashString64 } from '../base/index.ts';
import type { DocumentSource, StoredDocument } from '../document/index.ts';
import { IMPORT_HASH, IMPORT_ID, IMPORT_SOURCE } from './gigablast/document-source.ts';

/** Addresses that are known; beyond that the earliest are forgotten, and one that comes again counts anew. Some 50 MB in a dry run. */
export const MAX_BROUGHT = 250_000;

/** What is compared of a document that stands under an address. */
export type StandingDocument = Pick<StoredDocument, 'fetchedAt_ms' | 'meta'>;

const COMPARED = [IMPORT_SOURCE, IMPORT_ID, IMPORT_HASH];

export class BroughtDocuments {
  readonly #keepsDocuments: boolean;
  /** Undefined: one stands there, in the collection. Null: it was removed. */
  readonly #known = new Map<bigint, StandingDocument | null | undefined>();

  /** `keepsDocuments`: nothing is stored, so that what would be is known here alone. */
  constructor({ keepsDocuments }: { readonly keepsDocuments: boolean }) {
    this.#keepsDocuments = keepsDocuments;
  }

  /** This import has brought a document of this address, which stands there. */
  has(url: string): boolean {
    const key = hashString64(url);
    return this.#known.has(key) && this.#known.get(key) !== null;
  }

  /** What a dry run would have put there; null where it would have removed it; undefined: as the collection says. */
  standing(url: string): StandingDocument | null | undefined {
    return this.#known.get(hashString64(url));
  }

  add(url: string, { fetchedAt_ms, meta = {} }: DocumentSource): void {
    this.#note(
      url,
      this.#keepsDocuments
        ? { fetchedAt_ms, meta: Object.fromEntries(COMPARED.flatMap((name) => pairOf(name, meta[name]))) }
        : undefined,
    );
  }

  remove(url: string): void {
    if (this.#keepsDocuments) this.#note(url, null);
    else this.#known.delete(hashString64(url));
  }

  #note(url: string, document: StandingDocument | null | undefined): void {
    this.#known.set(hashString64(url), document);
    if (this.#known.size <= MAX_BROUGHT) return;
    for (const earliest of this.#known.keys()) {
      this.#known.delete(earliest);
      break;
    }
  }
}

function pairOf(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}
