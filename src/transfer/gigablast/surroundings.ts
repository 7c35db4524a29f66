/** What lies beside the title files of a Gigablast and bears on its documents: tags of sites, settings, files passed over. */

import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { readOldSettings, type TakenSettings } from './old-settings.ts';
import { readSiteTags, type SiteTags } from './site-tags.ts';
import { PACKED, type TitleDirectory } from './title-files.ts';

export interface OldSurroundings {
  readonly tags: SiteTags;
  readonly settings: TakenSettings;
  /** Sentences for people. */
  readonly notes: readonly string[];
}

const UNSENT_WRITES = 'addsinprogress.dat';

/** Reads them; what bears on a crawl is told only where one follows. `IO`. */
export async function readSurroundings(
  folders: readonly TitleDirectory[],
  follows: boolean,
): Promise<OldSurroundings> {
  const tags = await readSiteTags(folders);
  const settings = await readOldSettings(folders);
  const notes = folders.flatMap(({ label, passedOver }) =>
    passedOver.map((name) =>
      PACKED.test(name)
        ? `${label}${name} is not read: it is packed; unpack it to have its documents.`
        : `${label}${name} is not read: it is of a rebuild or of a save that was not finished.`,
    ),
  );
  for (const { label, path } of folders) {
    if (!(await hasUnsentWrites(path)) && !(await hasUnsentWrites(dirname(path)))) continue;
    notes.push(
      `${label}${UNSENT_WRITES} is not read: it holds writes that were on their way when the program ended. ` +
        'Start the old program once more and end it in order to have them.',
    );
  }
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

/** Writes between hosts, as they were saved at the end: a count of hosts and for each the size of what waits for it. */
async function hasUnsentWrites(path: string): Promise<boolean> {
  const handle = await open(join(path, UNSENT_WRITES), 'r').catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const head = Buffer.alloc(4);
    await handle.read(head, 0, 4, 0);
    return (await handle.stat()).size > 4 + 4 * Math.max(0, head.readInt32LE(0));
  } finally {
    await handle.close();
  }
}
