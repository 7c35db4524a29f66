/** Opening a part: its footer says what it is, its top map where everything stands; nothing else is read. */

import { isPeregrineError, PeregrineError } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { type DatabaseName, DATABASES } from './databases.ts';
import type { FileHandles, HeldFile } from './file-handles.ts';
import type { PartEntry } from './manifest-state.ts';
import { readPage } from './page.ts';
import { decodeFooter, FOOTER_BYTES, PageMap, type PartFooter } from './part-format.ts';

export interface OpenPart {
  readonly file: HeldFile;
  readonly footer: PartFooter;
  readonly topMap: PageMap;
}

export interface PartToOpen {
  readonly disk: Disk;
  readonly path: string;
  readonly database: DatabaseName;
  /** What the manifest says of it. */
  readonly entry: PartEntry;
  readonly handles: FileHandles;
}

/** `CORRUPT` where it is missing, damaged or not the part that the manifest names; `IO`. */
export async function openPart({ disk, path, database, entry, handles }: PartToOpen): Promise<OpenPart> {
  const file = handles.forFile(path, () => openFile(disk, path));
  try {
    const offset = Math.max(0, entry.size_bytes - FOOTER_BYTES);
    const bytes = new Uint8Array(FOOTER_BYTES);
    const count = await file.read(bytes, offset);
    const footer = decodeFooter(bytes.subarray(0, count), path, offset);
    const { number, keyBytes } = DATABASES[database];
    const isNamed =
      footer.partNumber === entry.number && footer.database === number && footer.keyBytes === keyBytes;
    if (!isNamed) {
      throw new PeregrineError('CORRUPT', `${path} is not the part that the manifest names.`, {
        file: path,
        offset,
      });
    }
    const context = {
      file,
      partNumber: entry.number,
      kind: 'topMap',
      firstKey: footer.firstKey,
      lastKey: footer.lastKey,
    } as const;
    return { file, footer, topMap: new PageMap(await readPage(footer.topMap, context), keyBytes) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openFile(disk: Disk, path: string): Promise<DiskFile> {
  try {
    return await disk.open(path, 'read');
  } catch (error) {
    if (!isPeregrineError(error, 'NOT_FOUND')) throw error;
    const facts = { file: path, offset: 0 };
    throw new PeregrineError(
      'CORRUPT',
      `The part ${path} is missing. Bring it back, or run: peregrine store repair`,
      facts,
      error,
    );
  }
}
