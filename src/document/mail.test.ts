import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import { extractDocument } from './build.ts';
import type { StoredDocument } from './document.ts';
import { MESSAGE } from './mail.fixture.ts';
import { readMail } from './mail.ts';

const NOW_MS = Date.parse('2024-07-01');

async function read(message: string, type = 'message/rfc822', name = 'mail'): Promise<StoredDocument> {
  const headers = type === '' ? {} : { 'content-type': type };
  const url = `https://example.org/${name}`;
  const bytes = Buffer.from(message, 'latin1');
  return (await extractDocument({ url, bytes, headers, status: 200, fetchedAt_ms: NOW_MS, depth: 0 }))
    .document;
}

const shown = ({ sections }: StoredDocument): string[] =>
  sections.map(({ kind, text }) => `${kind}: ${text}`);

const inMailbox = (subject: string): string =>
  `From a@b.org Sat Jun  1 10:00:00 2024\nFrom: a@b.org\nSubject: ${subject}\n\nText ${subject}\n\n`;

describe('reading mail', () => {
  test('takes the best of alternatives, decodes words and parts, and names what came along', async () => {
    const document = await read(MESSAGE);
    assert.equal(document.kind, 'mail');
    assert.equal(document.title, 'Grüße and more');
    assert.equal(document.author, 'Jürgen Müller');
    assert.equal(document.published_ms, Date.UTC(2024, 5, 1, 10, 34, 56));
    assert.deepEqual(shown(document), ['text: Schöne Grüße aus Köln.', 'text: A footer.']);
    assert.deepEqual(
      document.links.map(({ url, text }) => `${url} ${text}`),
      ['https://example.org/k Köln'],
    );
    assert.deepEqual(document.meta, {
      from: 'Jürgen Müller <jm@example.org>',
      to: 'list@example.org',
      attachment: 'a plan.pdf',
    });
  });

  test('is told by its type, or by the name of the file', async () => {
    assert.equal((await read(MESSAGE, '', 'a.eml')).kind, 'mail');
    assert.equal((await read(MESSAGE, 'application/octet-stream', 'a.eml')).kind, 'mail');
    assert.equal((await read('Subject: a\n\nb', 'text/plain')).kind, 'text');
  });

  test('reads a mailbox message by message', async () => {
    const document = await read(inMailbox('first') + inMailbox('second'), 'application/mbox');
    assert.deepEqual(shown(document), [
      'heading: first',
      'text: Text first',
      'heading: second',
      'text: Text second',
    ]);
  });

  test('begins no message of a mailbox at a sentence, behind an empty line or not', async () => {
    const said = 'From Ann I heard in 1996 that they came back.';
    const document = await read(`${inMailbox('first')}${said}\nAnd so on.\n`, 'application/mbox');
    const text = shown(document).join('\n');
    assert.match(text, /From Ann I heard/);
    assert.match(text, /And so on/);
  });

  test('tells of messages of a mailbox that it leaves out', async () => {
    const bytes = Buffer.from(inMailbox('one').repeat(1001), 'latin1');
    const { warnings, sections } = await readMail(bytes, 'https://example.org/mbox', NOW_MS);
    assert.equal(sections.filter(({ kind }) => kind === 'heading').length, 1000);
    assert.equal(warnings.length, 1);
  });

  test('reads what breaks off, and bounds parts in parts', async () => {
    assert.deepEqual(shown(await read(MESSAGE.slice(0, MESSAGE.indexOf('aus')))), ['text: Schöne Grüße']);
    const nested =
      'Subject: deep\nContent-Type: multipart/mixed; boundary=x\n\n' +
      '--x\nContent-Type: message/rfc822\n\n'.repeat(500);
    assert.deepEqual(shown(await read(`${nested}text`)), []);
    await assert.rejects(read('no headers at all'), (error) => isPeregrineError(error, 'PARSE_FAILED'));
  });
});
