/** What a page says: the result of building a document from bytes. Plain data, so that it crosses threads. */

import type { RelatedPages } from './related-pages.ts';

/** What came in: from the fetcher, an injection or an import. */
export interface DocumentSource {
  /** Normalised URL: what the document is known by. */
  readonly url: string;
  readonly bytes: Uint8Array;
  /** Response headers, lower-case names; empty for injections without. */
  readonly headers: Readonly<Record<string, string>>;
  /** HTTP status; 200 for injections. */
  readonly status: number;
  /** When the bytes came in, ms since 1970. */
  readonly fetchedAt_ms: number;
  /** Links from the start page; 0 for a seed or an injection. */
  readonly depth: number;
  /** The address it came from, where known. */
  readonly ip?: string;
  /** Bytes were cut at the size limit. */
  readonly truncated?: boolean;
  /** What the giver knows of the document beside its bytes; joins {@link StoredDocument.meta}, names as given. */
  readonly meta?: Readonly<Record<string, string>>;
}

/** Kinds of document, by what reads them. */
export type DocumentKind =
  | 'html'
  | 'text'
  | 'pdf'
  | 'json'
  | 'xml'
  | 'feed'
  | 'image'
  | 'document'
  | 'spreadsheet'
  | 'presentation'
  | 'book'
  | 'mail'
  | 'archive'
  | 'unknown';

/** Where a piece of text stands in a page. Each becomes a zone of the index. */
export type SectionKind = 'heading' | 'text' | 'list' | 'table' | 'code' | 'quote' | 'caption' | 'menu';

/** A run of text of one kind, in reading order. */
export interface Section {
  readonly kind: SectionKind;
  /**
   * White space collapsed to single spaces; paragraphs, items and rows parted by a line feed, cells of a table by a
   * tab; code as it is. Never empty.
   */
  readonly text: string;
  /** 1 … 6 for headings, else 0. */
  readonly level: number;
  /** Nearest id before it: `#anchor` of a deep link; empty where there is none. */
  readonly anchor: string;
  /** The page asks not to quote it in results (`data-nosnippet`). */
  readonly noSnippet?: boolean;
  /** Where the page says that it is in another language than the document, and its text bears that out. */
  readonly language?: string;
}

export interface Link {
  /** Absolute, normalised. */
  readonly url: string;
  /** Anchor text, or the image's alt text. At most 500 characters. */
  readonly text: string;
  readonly nofollow: boolean;
  /** In a menu or boilerplate, not in the main text. */
  readonly inMenu: boolean;
}

/** What the page asks of robots, from meta elements and X-Robots-Tag together; the stricter wins. */
export interface RobotsDirectives {
  readonly noindex: boolean;
  readonly nofollow: boolean;
  readonly nosnippet: boolean;
  readonly noarchive: boolean;
}

/** The document as it is stored: extracted once, so that nobody parses it again. */
export interface StoredDocument {
  readonly url: string;
  /** Where the content came from after redirects are none of its business; canonical URL that it names, or empty. */
  readonly canonical: string;
  readonly kind: DocumentKind;
  /** MIME type after sniffing, e.g. `text/html`. */
  readonly contentType: string;
  /** WHATWG label of the encoding that was used, e.g. `windows-1252`; empty for binary kinds. */
  readonly charset: string;
  readonly title: string;
  readonly description: string;
  readonly author: string;
  readonly siteName: string;
  /** ISO 639-1 (or -3) code, empty when unknown. */
  readonly language: string;
  /** When the page says that it was published or last changed, ms since 1970; 0 when it does not. */
  readonly published_ms: number;
  readonly fetchedAt_ms: number;
  readonly status: number;
  readonly depth: number;
  readonly ip: string;
  readonly robots: RobotsDirectives;
  readonly sections: readonly Section[];
  readonly links: readonly Link[];
  /** Other metadata by name (OpenGraph, `keywords`, …), bounded. */
  readonly meta: Readonly<Record<string, string>>;
  /** hash64 of the main text, normalised: equal for exact duplicates. As 16 hexadecimal digits. */
  readonly contentHash: string;
  /** 64-bit similarity fingerprint of the main text; near-duplicates differ in few bits. As 16 hexadecimal digits. */
  readonly fingerprint: string;
  /** The bytes as they came (decompressed transport), for the cached page; empty under `noarchive`. */
  readonly raw: Uint8Array;
  /** What was cut or could not be read, as short sentences. */
  readonly warnings: readonly string[];
}

/** A built document: what a batch needs, as bytes ready to store, and what the crawler must know. */
export interface BuiltDocument {
  readonly url: string;
  /** Encoded title record: docs/formats/title-record.md. */
  readonly titleRecord: Uint8Array;
  /** Encoded analysed document; undefined when there is nothing to index (noindex, unreadable kind). */
  readonly analysed: Uint8Array | undefined;
  readonly title: string;
  readonly language: string;
  readonly canonical: string;
  readonly robots: RobotsDirectives;
  readonly links: readonly Link[];
  /** Pages that it names in its head. */
  readonly related: RelatedPages;
  readonly contentHash: string;
  readonly fingerprint: string;
  /** Tokens indexed. */
  readonly tokens: number;
  /** Target of an immediate meta refresh, or empty. */
  readonly refreshTo: string;
  /** Hashes of blocks at its edges, by which what a site repeats is learned; of pages only. */
  readonly edges?: Uint32Array;
  readonly warnings: readonly string[];
}
