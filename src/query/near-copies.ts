/** Which of the first results nearly equal one before them, as a page of results folds them: for "why not?". */

import type { DocId } from '../base/index.ts';
import { decodeTitleRecord, isNearDuplicate, nearValues } from '../document/index.ts';
import type { IndexHit } from '../index/index.ts';
import { NEAR_DEPTH } from './hit-page.ts';

export interface NearCopies {
  /** The results without those that nearly equal one before them, as far as the one that was asked about. */
  readonly shown: readonly IndexHit[];
  /** The result that the one asked about nearly equals. */
  readonly copy: IndexHit | undefined;
}

export async function nearCopyOf(
  own: IndexHit,
  kept: readonly IndexHit[],
  titleRecords: (docId: DocId) => Promise<Uint8Array | undefined>,
): Promise<NearCopies> {
  const shown: IndexHit[] = [];
  const texts: { readonly hit: IndexHit; readonly fingerprint: string }[] = [];
  for (const [place, hit] of kept.entries()) {
    const fingerprint = place < NEAR_DEPTH ? await fingerprintOf(hit.docId, titleRecords) : '';
    const like =
      fingerprint === '' ? undefined : texts.find((text) => isNearDuplicate(text.fingerprint, fingerprint));
    if (like === undefined) shown.push(hit);
    if (hit.docId === own.docId) {
      return { shown: [...shown, ...kept.slice(place + 1)], copy: like?.hit };
    }
    if (like === undefined && fingerprint !== '') texts.push({ hit, fingerprint });
  }
  return { shown, copy: undefined };
}

/** Empty where there is too little text to be told from others. */
async function fingerprintOf(
  docId: DocId,
  titleRecords: (docId: DocId) => Promise<Uint8Array | undefined>,
): Promise<string> {
  const record = await titleRecords(docId);
  if (record === undefined) return '';
  const { fingerprint, sections } = decodeTitleRecord(record, { raw: false });
  return nearValues(fingerprint, sections).length === 0 ? '' : fingerprint;
}
