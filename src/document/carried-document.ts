/**
 * A built document on its way from process to process: links as columns. Hundreds of small objects, each with the names of
 * its fields, are the dearest part of a message.
 */

import type { BuiltDocument, Link } from './document.ts';

export type CarriedDocument = Omit<BuiltDocument, 'links'> & { readonly links: CarriedLinks };

interface CarriedLinks {
  readonly urls: readonly string[];
  readonly texts: readonly string[];
  readonly flags: Uint8Array;
}

const NOFOLLOW = 1;
const IN_MENU = 2;

export function carried(built: BuiltDocument): CarriedDocument {
  const { links } = built;
  return {
    ...built,
    links: {
      urls: links.map(({ url }) => url),
      texts: links.map(({ text }) => text),
      flags: Uint8Array.from(
        links,
        ({ nofollow, inMenu }) => (nofollow ? NOFOLLOW : 0) | (inMenu ? IN_MENU : 0),
      ),
    },
  };
}

/** The document as it was before it was {@link carried}. */
export function arrived(document: CarriedDocument): BuiltDocument {
  const { urls, texts, flags } = document.links;
  const links = urls.map((url, i): Link => {
    const flag = flags[i] ?? 0;
    return { url, text: texts[i] ?? '', nofollow: (flag & NOFOLLOW) !== 0, inMenu: (flag & IN_MENU) !== 0 };
  });
  return { ...document, links };
}
