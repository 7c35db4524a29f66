/** What an archive is: documents come in archives whose first file, or whose parts, say so. */

import { ZipArchive } from './zip-archive.ts';

const MAX_TYPE_LENGTH = 100;

/** Parts that only one kind of document has. */
const BY_PART: Readonly<Record<string, string>> = {
  'word/document.xml': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'xl/workbook.xml': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'ppt/presentation.xml': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};

/** Type of the document in an archive; `application/zip` for every other archive, and for what can't be opened. */
export function typeOfArchive(bytes: Uint8Array): string {
  try {
    const archive = new ZipArchive(bytes, { entry_bytes: 1024, total_bytes: 1024 });
    for (const [part, type] of Object.entries(BY_PART)) if (archive.has(part)) return type;
    const said = Buffer.from(archive.read('mimetype') ?? [])
      .toString('latin1', 0, MAX_TYPE_LENGTH)
      .trim();
    return /^application\/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z-]+)$/.test(said)
      ? said
      : 'application/zip';
  } catch {
    return 'application/zip';
  }
}
