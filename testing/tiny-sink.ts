/** A document sink that reads HTML by patterns and keeps documents in a map: for tests of the crawler. */

import { type CollectionId, hashString64, PeregrineError } from '../src/base/index.ts';
import type { DocumentSink, FollowedLinks } from '../src/crawl/index.ts';
import type { BuiltDocument, DocumentSource, Link } from '../src/document/index.ts';

export class TinySink implements DocumentSink {
  /** `collection url` → document. */
  readonly documents: Map<string, BuiltDocument & { readonly fetchedAt_ms: number }> = new Map();
  /** Every URL stored, as often as it was stored. */
  readonly stored: string[] = [];
  readonly removed: string[] = [];
  /** Called before a document is kept. */
  onStore: (url: string) => void | Promise<void> = () => undefined;
  readonly #fetchedAt = new WeakMap<BuiltDocument, number>();

  async build(source: DocumentSource): Promise<BuiltDocument> {
    const html = new TextDecoder().decode(source.bytes);
    if (html.includes('UNREADABLE')) throw new PeregrineError('PARSE_FAILED', 'The page is unreadable.');
    const body = html
      .replace(/<title>.*?<\/title>|<a .*?<\/a>|<[^>]*>/gs, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    // Links say nothing of their own, so that pages which differ in them alone are twins.
    const robots = `${/<meta name="?robots"? content="([^"]*)"/.exec(html)?.[1] ?? ''} ${source.headers['x-robots-tag'] ?? ''}`;
    const hash = hashString64(body).toString(16).padStart(16, '0');
    const built: BuiltDocument = {
      url: source.url,
      titleRecord: source.bytes,
      analysed: undefined,
      title: /<title>(.*?)<\/title>/s.exec(html)?.[1] ?? '',
      language: 'en',
      canonical: absolute(/<link rel="?canonical"? href="([^"]*)"/.exec(html)?.[1], source.url),
      robots: {
        noindex: /noindex/.test(robots),
        nofollow: /nofollow/.test(robots),
        nosnippet: false,
        noarchive: false,
      },
      links: linksOf(html, source.url),
      related: relatedOf(html, source.url),
      contentHash: hash,
      fingerprint: hash,
      tokens: body.split(' ').filter((word) => word !== '').length,
      refreshTo: absolute(
        /<meta http-equiv="?refresh"? content="0;\s*url=([^"]*)"/.exec(html)?.[1],
        source.url,
      ),
      warnings: [],
    };
    this.#fetchedAt.set(built, source.fetchedAt_ms);
    return built;
  }

  async store(collection: CollectionId, built: BuiltDocument): Promise<void> {
    await this.onStore(built.url);
    this.stored.push(built.url);
    this.documents.set(`${collection} ${built.url}`, {
      ...built,
      fetchedAt_ms: this.#fetchedAt.get(built) ?? 0,
    });
  }

  async remove(collection: CollectionId, url: string): Promise<void> {
    if (this.documents.delete(`${collection} ${url}`)) this.removed.push(url);
  }

  async storedLinks(collection: CollectionId, url: string): Promise<FollowedLinks | undefined> {
    const stored = this.documents.get(`${collection} ${url}`);
    return stored && { links: stored.links.map((link) => link.url), related: stored.related };
  }

  async storedAt_ms(collection: CollectionId, url: string): Promise<number | undefined> {
    return this.documents.get(`${collection} ${url}`)?.fetchedAt_ms;
  }

  async duplicateOf(collection: CollectionId, built: BuiltDocument): Promise<string | undefined> {
    for (const [key, { url, contentHash }] of this.documents) {
      if (key.startsWith(`${collection} `) && url !== built.url && contentHash === built.contentHash)
        return url;
    }
    return undefined;
  }

  /** URLs kept, without their origin, sorted. */
  paths(): string[] {
    return [...this.documents.values()].map(({ url }) => url.replace(/^https?:\/\/[^/]+/, '')).sort();
  }
}

function relatedOf(html: string, base: string): BuiltDocument['related'] {
  const alternates = [...html.matchAll(/<link rel="alternate" hreflang="[^"]*" href="([^"]*)"/g)];
  const feed = /<link rel="alternate" type="application\/rss\+xml" href="([^"]*)"/.exec(html)?.[1];
  const series = [...html.matchAll(/<link rel="(?:next|prev)" href="([^"]*)"/g)];
  return {
    alternates: alternates.map(([, href]) => absolute(href, base)),
    series: series.map(([, href]) => absolute(href, base)),
    feed: absolute(feed, base),
  };
}

function linksOf(html: string, base: string): Link[] {
  return [...html.matchAll(/<a ([^>]*)>(.*?)<\/a>/gs)].map(([, attributes = '', text = '']) => ({
    url: absolute(/href="?([^"\s>]*)"?/.exec(attributes)?.[1], base),
    text,
    nofollow: /rel="?nofollow/.test(attributes),
    inMenu: false,
  }));
}

function absolute(reference: string | undefined, base: string): string {
  return reference === undefined ? '' : (URL.parse(reference, base)?.href ?? '');
}
