import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toCollectionId, toDocId } from '../base/index.ts';
import type { Link } from '../document/index.ts';
import { decodeLink, encodeLink, linkKey, linkOperations, MAX_GRAPH_LINKS } from './link-records.ts';

const COLLECTION = toCollectionId(3);
const SOURCE = toDocId(1_234_567_890_123_456);
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
      Buffer.from(linkKey(COLLECTION, 'https://example.org/page', SOURCE)).toString('hex'),
      GOLDEN_KEY,
    );
    const value = encodeLink({ text: 'Größe', nofollow: true, inMenu: true });
    assert.equal(Buffer.from(value).toString('hex'), '010307' + Buffer.from('Größe').toString('hex'));
    assert.deepEqual(decodeLink(value), { text: 'Größe', nofollow: true, inMenu: true });
  });

  test('are put for what a document links to and deleted for what it does not link to any more', () => {
    const before = [link('https://a.example/'), link('https://b.example/')];
    const after = [link('https://b.example/'), link('https://c.example/')];
    const operations = linkOperations(COLLECTION, SOURCE, before, after);
    assert.deepEqual(
      operations.map(({ key, value }) => [Buffer.from(key).toString('hex'), value !== undefined]),
      [
        [Buffer.from(linkKey(COLLECTION, 'https://b.example/', SOURCE)).toString('hex'), true],
        [Buffer.from(linkKey(COLLECTION, 'https://c.example/', SOURCE)).toString('hex'), true],
        [Buffer.from(linkKey(COLLECTION, 'https://a.example/', SOURCE)).toString('hex'), false],
      ],
    );
  });

  test('take the link in the text where a menu has it too, leave out what no crawler fetches, and are bounded', () => {
    const [only] = linkOperations(
      COLLECTION,
      SOURCE,
      [],
      [
        link('https://a.example/', { inMenu: true, text: 'menu' }),
        link('https://a.example/#part', { text: 'main' }),
        link('mailto:somebody@example.org'),
      ],
    );
    assert.equal(decodeLink(only?.value ?? new Uint8Array()).text, 'main');
    const many = Array.from({ length: MAX_GRAPH_LINKS + 50 }, (_, i) => link(`https://a.example/${i}`));
    assert.equal(linkOperations(COLLECTION, SOURCE, [], many).length, MAX_GRAPH_LINKS);
  });
});

/** Slot, collection, host, URL, slot and hash of the source, the bit that tells a record from a tombstone. */
const GOLDEN_KEY = '0af200000003af2e84d7a20b000cbf6f032e023100d53c8abac0000000000001';
