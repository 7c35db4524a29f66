/** Pages that a page names in its head: itself in other languages, the next of a series, and feeds of what is new. They stand in its metadata. */

const ALTERNATE_PREFIX = 'alternate.';
/** Name in the metadata of the first feed that a page names. */
export const FEED_NAME = 'feed';

export interface RelatedPages {
  /** The page in other languages, absolute. */
  readonly alternates: readonly string[];
  /** The pages before and behind it in a series, absolute. */
  readonly series: readonly string[];
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
  const series = ['next', 'prev'].flatMap((name) =>
    /^https?:/.test(meta[name] ?? '') ? [meta[name] ?? ''] : [],
  );
  return { alternates: [...new Set(alternates)], series, feed: meta[FEED_NAME] ?? '' };
}
