/** What lies beside the title files of a Gigablast and bears on its documents: tags of sites, settings, files passed over. */

import { readOldSettings, type TakenSettings } from './old-settings.ts';
import { readSiteTags, type SiteTags } from './site-tags.ts';
import type { TitleDirectory } from './title-files.ts';

export interface OldSurroundings {
  readonly tags: SiteTags;
  readonly settings: TakenSettings;
  /** Sentences for people. */
  readonly notes: readonly string[];
}

const PACKED = /\.(?:gz|bz2|xz|zst|zip)$/;

/** Reads them; what bears on a crawl is told only where one follows. `IO`. */
export async function readSurroundings(
  folders: readonly TitleDirectory[],
  follows: boolean,
): Promise<OldSurroundings> {
  const tags = await readSiteTags(folders);
  const settings = await readOldSettings(folders);
  const notes = folders.flatMap(({ passedOver }) =>
    passedOver.map((name) =>
      PACKED.test(name)
        ? `${name} is not read: it is packed; unpack it to have its documents.`
        : `${name} is not read: it is of a rebuild or of a save that was not finished.`,
    ),
  );
  if (tags.banned > 0) {
    notes.push(`tagdb: sites that were banned: ${tags.banned}; their pages are left out.`);
  }
  if (tags.size > tags.banned) {
    notes.push(`tagdb: sites with tags that people gave: ${tags.size}; their pages carry them as metadata.`);
  }
  if (follows) notes.push(...settings.notes);
  else if (settings.isThere)
    notes.push(
      'coll.conf is of the crawl: its pace, sites and filters are taken where the crawl goes on (--follow).',
    );
  return { tags, settings, notes };
}
