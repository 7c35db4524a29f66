/** Documents of an engine, one at a time or all of them: looked up, put in, parsed on trial, removed, forgotten. */

import { type Clock, type CollectionId, type DocId, PeregrineError } from '../base/index.ts';
import type { Crawler } from '../crawl/index.ts';
import {
  type BuiltDocument,
  decodeTitleRecord,
  type DocumentSource,
  type ParsePool,
  type ParseReport,
  reportOf,
  type StoredDocument,
} from '../document/index.ts';
import { documentUrl, withCharset } from './document-url.ts';
import type { DocumentAddress, InjectRequest, InjectResult } from './engine-contract.ts';
import type { ForgottenPages } from './forgotten-pages.ts';
import type { ReadPath } from './read-path.ts';
import type { EngineShards } from './shards-layer.ts';
import { walkTitles } from './title-walk.ts';
import type { WritePath } from './write-path.ts';

/** Largest content that an injection may bring. */
export const MAX_INJECT_BYTES: number = 64 * 1024 * 1024;

export interface FoundDocument {
  readonly docId: DocId;
  readonly document: StoredDocument;
}

export interface EngineDocumentsParts {
  readonly clock: Clock;
  readonly shards: EngineShards;
  readonly parsePool: ParsePool;
  readonly readPath: ReadPath;
  readonly writePath: WritePath;
  readonly forgotten: ForgottenPages;
  readonly crawler: Crawler;
}

export class EngineDocuments {
  readonly #parts: EngineDocumentsParts;

  constructor(parts: EngineDocumentsParts) {
    this.#parts = parts;
  }

  async get(collection: CollectionId, address: DocumentAddress): Promise<FoundDocument | undefined> {
    const { readPath } = this.#parts;
    if ('docId' in address) {
      const document = await readPath.documentById(collection, address.docId);
      return document === undefined ? undefined : { docId: address.docId, document };
    }
    const found = await readPath.find(collection, documentUrl(address.url));
    return found === undefined
      ? undefined
      : { docId: found.docId, document: decodeTitleRecord(found.record) };
  }

  /** All of them, by document id. */
  async *all(
    collection: CollectionId,
    options: { readonly after?: DocId; readonly signal?: AbortSignal },
  ): AsyncGenerator<FoundDocument> {
    for await (const { docId, record } of walkTitles(this.#parts.shards, collection, options)) {
      yield { docId, document: decodeTitleRecord(record) };
    }
  }

  inject(collection: CollectionId, request: InjectRequest): Promise<InjectResult> {
    return this.put(collection, this.#source(request));
  }

  /** What would be stored, without storing it. */
  async parse(request: InjectRequest): Promise<ParseReport> {
    const source = this.#source(request);
    const { titleRecord } = await this.#parts.parsePool.build(source);
    return reportOf(decodeTitleRecord(titleRecord), source.headers);
  }

  async put(collection: CollectionId, source: DocumentSource): Promise<InjectResult> {
    const built = await this.#build(collection, source);
    // What is applied is in the next view, so that "durable" and "visible" come together here.
    return resultOf(built, await this.#parts.writePath.put(collection, built));
  }

  /** As {@link put}, and nothing is stored; `collection` undefined: one that is still to be made. */
  async tryPut(
    collection: CollectionId | undefined,
    source: DocumentSource,
  ): Promise<Pick<InjectResult, 'indexed'>> {
    return { indexed: (await this.#build(collection, source)).analysed !== undefined };
  }

  async #build(collection: CollectionId | undefined, source: DocumentSource): Promise<BuiltDocument> {
    const { forgotten, parsePool } = this.#parts;
    const url = documentUrl(source.url);
    if (collection !== undefined && (await forgotten.has(collection, url))) {
      throw new PeregrineError('FORBIDDEN', 'This page is to be forgotten; it may not come back.', { url });
    }
    return parsePool.build(url === source.url ? source : { ...source, url });
  }

  async remove(collection: CollectionId, address: DocumentAddress): Promise<boolean> {
    const { readPath, writePath } = this.#parts;
    if ('url' in address) return writePath.remove(collection, documentUrl(address.url));
    const document = await readPath.documentById(collection, address.docId);
    return document !== undefined && writePath.remove(collection, document.url);
  }

  /** Removes pages and keeps them from coming back; returns how many were there. */
  async forget(collection: CollectionId, urls: readonly string[]): Promise<number> {
    const { clock, crawler, forgotten, writePath } = this.#parts;
    const known = urls.map(documentUrl);
    // First the ban, so that nobody brings back meanwhile what is being removed.
    await forgotten.add(collection, known, clock.now());
    let removed = 0;
    await crawler.forgetPages(collection, known, async () => {
      for (const url of known) if (await writePath.remove(collection, url)) removed += 1;
    });
    return removed;
  }

  async remember(collection: CollectionId, url: string): Promise<void> {
    await this.#parts.forgotten.remove(collection, documentUrl(url));
  }

  #source({ url: address, content, contentType }: InjectRequest): DocumentSource {
    const url = documentUrl(address);
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    if (bytes.length > MAX_INJECT_BYTES) {
      throw new PeregrineError('TOO_LARGE', `A document may have ${MAX_INJECT_BYTES} bytes at most.`, {
        url,
        size_bytes: bytes.length,
      });
    }
    const charset = typeof content === 'string' ? '; charset=utf-8' : '';
    const headers: Record<string, string> =
      contentType === undefined ? {} : { 'content-type': withCharset(contentType, charset) };
    return { url, bytes, headers, status: 200, fetchedAt_ms: this.#parts.clock.now(), depth: 0 };
  }
}

function resultOf(
  built: BuiltDocument,
  { docId, seq }: { readonly docId: DocId; readonly seq: string },
): InjectResult {
  return {
    url: built.url,
    docId,
    seq,
    title: built.title,
    language: built.language,
    tokens: built.tokens,
    indexed: built.analysed !== undefined,
    warnings: built.warnings,
  };
}
