import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toCollectionId, toDocId } from '../base/index.ts';
import type { Link } from '../document/index.ts';
import { KeyReader } from '../storage/index.ts';
import { changeLinks, decodeLink, encodeLink, linkKey, MAX_GRAPH_LINKS } from './link-records.ts';

const COLLECTION = toCollectionId(3);
const DOC_ID = toDocId(1_234_567_890_123_456);
const SOURCE = { docId: DOC_ID, url: 'https://source.example/page' };
/** What a change of links asks for, as copies. */
function linkOperations(before: readonly Link[], after: readonly Link[]): LinkOperation[] {
  const operations: LinkOperation[] = [];
  changeLinks(COLLECTION, SOURCE, before, after, (owner, key, value) => {
    assert.equal(owner, new KeyReader(key).slot);
    operations.push({ key: key.slice(), value: value && new Uint8Array(value) });
  });
  return operations;
}

interface LinkOperation {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

const link = (url: string, fields: Partial<Link> = {}): Link => ({
  url,
  text: 'text',
  nofollow: false,
  inMenu: false,
  ...fields,
});

describe('link records', () => {
  test('have keys and values that never change', () => {
    assert.equal(
      Buffer.from(linkKey(COLLECTION, 'https://example.org/page', DOC_ID)).toString('hex'),
      GOLDEN_KEY,
    );
    const record = { text: 'Größe', nofollow: true, inMenu: true, sourceHost: 0x01020304, sourceSlot: 0xabc };
    const value = encodeLink(record);
    const text = Buffer.from('Größe').toString('hex');
    assert.equal(Buffer.from(value).toString('hex'), `020304030201bc0a07${text}`);
    assert.deepEqual(decodeLink(value), record);
    const old = decodeLink(Buffer.from(`010307${text}`, 'hex'));
    assert.deepEqual(old, { ...record, sourceHost: 0, sourceSlot: 0 });
    const isCorrupt = { code: 'CORRUPT' };
    for (let end = 0; end < value.length; end++)
      assert.throws(() => decodeLink(value.subarray(0, end)), isCorrupt);
    assert.throws(() => decodeLink(Buffer.from('010301ff', 'hex')), isCorrupt);
    assert.throws(() => decodeLink(Buffer.from('0303', 'hex')), { code: 'UNSUPPORTED_VERSION' });
  });

  test('are put for what a document links to and deleted for what it does not link to any more', () => {
    const before = [link('https://a.example/'), link('https://b.example/')];
    const after = [link('https://b.example/'), link('https://c.example/')];
    const operations = linkOperations(before, after);
    assert.deepEqual(
      operations.map(({ key, value }) => [Buffer.from(key).toString('hex'), value !== undefined]),
      [
        [Buffer.from(linkKey(COLLECTION, 'https://b.example/', DOC_ID)).toString('hex'), true],
        [Buffer.from(linkKey(COLLECTION, 'https://c.example/', DOC_ID)).toString('hex'), true],
        [Buffer.from(linkKey(COLLECTION, 'https://a.example/', DOC_ID)).toString('hex'), false],
      ],
    );
  });

  test('take the link in the text where a menu has it too, leave out what no crawler fetches, and are bounded', () => {
    const [only] = linkOperations(
      [],
      [
        link('https://a.example/', { inMenu: true, text: 'menu' }),
        link('https://a.example/#part', { text: 'main' }),
        link('mailto:somebody@example.org'),
      ],
    );
    assert.equal(decodeLink(only?.value ?? new Uint8Array()).text, 'main');
    const many = Array.from({ length: MAX_GRAPH_LINKS + 50 }, (_, i) => link(`https://a.example/${i}`));
    assert.equal(linkOperations([], many).length, MAX_GRAPH_LINKS);
  });
});

/** Slot, collection, host, URL, slot and hash of the source, the bit that tells a record from a tombstone. */
const GOLDEN_KEY = '0af200000003af2e84d7a20b000cbf6f032e023100d53c8abac0000000000001';
