/** Pages that a page names in its head: itself in other languages, and feeds of what is new. They stand in its metadata. */

const ALTERNATE_PREFIX = 'alternate.';
/** Name in the metadata of the first feed that a page names. */
export const FEED_NAME = 'feed';

export interface RelatedPages {
  /** The page in other languages, absolute. */
  readonly alternates: readonly string[];
  /** Absolute; empty where it names none. */
  readonly feed: string;
}

/** Name in the metadata of a page in another language. */
export function alternateName(language: string): string {
  return `${ALTERNATE_PREFIX}${language}`;
}

export function relatedPages(meta: Readonly<Record<string, string>>): RelatedPages {
  const alternates = Object.entries(meta)
    .filter(([name]) => name.startsWith(ALTERNATE_PREFIX))
    .map(([, url]) => url);
  return { alternates: [...new Set(alternates)], feed: meta[FEED_NAME] ?? '' };
}
