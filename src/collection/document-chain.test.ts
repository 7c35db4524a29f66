import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DocId, isPeregrineError, probeDocId, toCollectionId } from '../base/index.ts';
import { findPlace, MAX_PROBES, proposedDocId, removalOf, titleKey } from './document-chain.ts';

const COLLECTION = toCollectionId(7);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (url: string): Uint8Array => new TextEncoder().encode(url);

/** Title records whose content is their URL, by key. */
class Titles {
  readonly #records = new Map<string, Uint8Array>();

  put(docId: DocId, record: Uint8Array | undefined): void {
    const key = Buffer.from(titleKey(COLLECTION, docId)).toString('hex');
    if (record === undefined) this.#records.delete(key);
    else this.#records.set(key, record);
  }

  readonly read = async (key: Uint8Array): Promise<Uint8Array | undefined> =>
    this.#records.get(Buffer.from(key).toString('hex'));

  async place(url: string): Promise<{ docId: DocId; found: string | undefined }> {
    const { docId, record } = await findPlace(COLLECTION, url, this.read, text);
    return { docId, found: record && text(record) };
  }

  async remove(docId: DocId): Promise<void> {
    this.put(docId, (await removalOf(COLLECTION, docId, this.read)).value);
  }
}

describe('the chain of a document id', () => {
  const url = 'https://example.org/wanted';
  const first = proposedDocId(url);

  test("begins at the id that the URL's hash proposes", async () => {
    assert.equal(first, 6_739_246_326_171_279, 'ids never change: they stand on disk');
    assert.deepEqual(await new Titles().place(url), { docId: first, found: undefined });
  });

  test('goes on behind ids that other URLs hold, and finds what stands there', async () => {
    const titles = new Titles();
    titles.put(first, bytes('https://example.org/other'));
    titles.put(probeDocId(first, 1), bytes('https://example.org/third'));
    assert.deepEqual(await titles.place(url), { docId: probeDocId(first, 2), found: undefined });
    titles.put(probeDocId(first, 2), bytes(url));
    assert.deepEqual(await titles.place(url), { docId: probeDocId(first, 2), found: url });
  });

  test('stays whole when a document in its middle is removed, and gives the place to the next', async () => {
    const titles = new Titles();
    titles.put(first, bytes('https://example.org/other'));
    titles.put(probeDocId(first, 1), bytes(url));
    await titles.remove(first);
    assert.deepEqual(await titles.place(url), { docId: probeDocId(first, 1), found: url });
    await titles.remove(probeDocId(first, 1));
    assert.deepEqual(await titles.place(url), { docId: first, found: undefined });
  });

  test('ends after 64 probes with a typed refusal', async () => {
    const titles = new Titles();
    for (let n = 0; n < MAX_PROBES; n++) titles.put(probeDocId(first, n), bytes(`https://example.org/${n}`));
    await assert.rejects(titles.place(url), (error) => isPeregrineError(error, 'DOC_ID_EXHAUSTED'));
  });
});
