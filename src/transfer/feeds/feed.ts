/** Documents on their way in, whatever they come from: one item after another, damage and refusals among them. */

import type { DocumentSource } from '../../document/index.ts';

/** Where an item stands in what it came from, for people. */
export interface FeedPlace {
  readonly file: string;
  /** Byte, line or number of the item; none where it is the file as a whole. */
  readonly at?: number;
}

/** `list.csv at 12`, for people. */
export function placeInWords({ file, at }: FeedPlace): string {
  return at === undefined ? file : `${file} at ${at}`;
}

export type FeedItem =
  | { readonly kind: 'document'; readonly place: FeedPlace; readonly source: DocumentSource }
  | { readonly kind: 'removal'; readonly place: FeedPlace; readonly url: string }
  /** No page: requests, redirects, descriptions. */
  | { readonly kind: 'skipped'; readonly place: FeedPlace; readonly why: string }
  | { readonly kind: 'refused'; readonly place: FeedPlace; readonly why: string }
  | { readonly kind: 'lost'; readonly place: FeedPlace; readonly size_bytes: number; readonly why: string };

export type Feed = AsyncIterable<FeedItem>;
