/** Documents of the tiny engine: made from their bytes with a few expressions, counted by whole words, shown as results. */

import { type DocId, docIdOfHash, hashString64 } from '../src/base/index.ts';
import type { StoredDocument } from '../src/document/index.ts';
import type { MarkedText, SearchRequest, SearchResult } from '../src/query/index.ts';

export function docIdOf(url: string): DocId {
  return docIdOfHash(hashString64(url));
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

export function scoreOf(document: StoredDocument, words: readonly string[]): number {
  const held = wordsOf([document.title, ...document.sections.map(({ text }) => text)].join(' '));
  const counts = words.map((word) => held.filter((other) => other === word).length);
  return counts.length > 0 && counts.every((times) => times > 0) ? counts.reduce((a, b) => a + b, 0) : 0;
}

export function resultOf(
  docId: DocId,
  document: StoredDocument,
  score: number,
  words: readonly string[],
  request: SearchRequest,
): SearchResult {
  const text = document.sections.map((section) => section.text).join(' ');
  return {
    docId,
    url: document.url,
    title: markWords(document.title, words),
    snippet: markWords(text.slice(0, request.snippetLength ?? 240), words),
    anchor: document.sections.find(({ anchor }) => anchor !== '')?.anchor ?? '',
    site: new URL(document.url).host,
    language: document.language,
    contentType: document.contentType,
    score,
    ...(request.explain === true ? { features: { count: score } } : {}),
    fetchedAt_ms: document.fetchedAt_ms,
    published_ms: document.published_ms,
    size_bytes: document.raw.length,
    moreOfSite: 0,
    copies: 0,
  };
}

function markWords(text: string, words: readonly string[]): MarkedText {
  const marks: [number, number][] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    if (words.includes(match[0].toLowerCase())) marks.push([match.index, match.index + match[0].length]);
  }
  return { text, marks };
}

export function documentOf(
  url: string,
  raw: Uint8Array,
  contentType: string,
  now_ms: number,
): StoredDocument {
  const source = new TextDecoder().decode(raw);
  const isHtml = contentType.includes('html');
  const title = unescaped(/<title>([^]*?)<\/title>/i.exec(source)?.[1] ?? '');
  const body = source
    .replace(/<title>[^]*?<\/title>|<script>[^]*?<\/script>/gi, ' ')
    .replace(/<[^>]*>/g, ' ');
  const text = (isHtml ? unescaped(body) : source).replace(/\s+/g, ' ').trim();
  return {
    url,
    canonical: '',
    kind: isHtml ? 'html' : contentType.includes('json') ? 'json' : 'text',
    contentType,
    charset: 'utf-8',
    title: isHtml ? title : url,
    description: '',
    author: '',
    siteName: '',
    language: /<html lang="([a-z]+)"/i.exec(source)?.[1] ?? '',
    published_ms: 0,
    fetchedAt_ms: now_ms,
    status: 200,
    depth: 0,
    ip: '',
    robots: {
      noindex: false,
      nofollow: false,
      nosnippet: false,
      noarchive: source.includes('noarchive'),
    },
    sections:
      text === '' ? [] : [{ kind: 'text', text, level: 0, anchor: /\bid="([^"]*)"/.exec(source)?.[1] ?? '' }],
    links: [],
    meta: {},
    contentHash: hashString64(text).toString(16).padStart(16, '0'),
    fingerprint: '0'.repeat(16),
    raw,
    warnings: [],
  };
}

function unescaped(markup: string): string {
  return markup
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}
