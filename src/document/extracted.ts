/** What every reader of a format hands on: the text and what the document says of itself. */

import type { Link, RobotsDirectives, Section } from './document.ts';
import { NO_DIRECTIVES } from './robots-directives.ts';

export interface ExtractedContent {
  readonly title: string;
  readonly description: string;
  readonly author: string;
  readonly siteName: string;
  /** As declared; the text may say otherwise. */
  readonly declaredLanguage: string;
  readonly canonical: string;
  /** Target of an immediate refresh, absolute, or empty. */
  readonly refreshTo: string;
  readonly published_ms: number;
  readonly robots: RobotsDirectives;
  readonly sections: readonly Section[];
  readonly links: readonly Link[];
  readonly meta: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** Hashes of blocks at its edges that other pages of the site may repeat: of pages only. */
  readonly edges?: Uint32Array;
}

export const NOTHING_EXTRACTED: ExtractedContent = {
  title: '',
  description: '',
  author: '',
  siteName: '',
  declaredLanguage: '',
  canonical: '',
  refreshTo: '',
  published_ms: 0,
  robots: NO_DIRECTIVES,
  sections: [],
  links: [],
  meta: {},
  warnings: [],
};
