import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeText } from './charset.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const RUSSIAN_1251 = Buffer.from(
  'cff0e8e2e5f22c20ece8f02120ddf2ee20f2e5eaf1f220ede020f0f3f1f1eaeee920ffe7fbeae520e220eaeee4e8f0eee2eae5',
  'hex',
);

describe('decoding', () => {
  test('follows byte order mark, then transport, then the declaration in the text', async () => {
    assert.equal((await decodeText(Buffer.from('\ufeffhä', 'utf16le'))).text, 'hä');
    const page = latin1('<meta charset="iso-8859-1">Stra\xdfe');
    assert.deepEqual(
      [
        (await decodeText(page, { syntax: 'html' })).text.slice(-6),
        (await decodeText(page, { syntax: 'html' })).charset,
      ],
      ['Straße', 'windows-1252'],
    );
    const shown = await decodeText(RUSSIAN_1251, { declared: 'windows-1251', syntax: 'html' });
    assert.match(shown.text, /^Привет, мир!/);
  });

  test('takes ASCII and valid UTF-8 without declaration for UTF-8', async () => {
    assert.equal((await decodeText(latin1('plain'))).charset, 'utf-8');
    assert.equal((await decodeText(Buffer.from('schön'))).text, 'schön');
  });

  test('catches UTF-8 under a Latin-1 label', async () => {
    const { text, charset, warnings } = await decodeText(Buffer.from('Größe, Maß, Übung'), {
      declared: 'iso-8859-1',
    });
    assert.equal(text, 'Größe, Maß, Übung');
    assert.equal(charset, 'utf-8');
    assert.equal(warnings.length, 1);
  });

  test('catches another encoding under a UTF-8 label', async () => {
    const { text, charset } = await decodeText(Buffer.concat([RUSSIAN_1251, RUSSIAN_1251]), {
      declared: 'utf-8',
    });
    assert.equal(charset, 'windows-1251');
    assert.match(text, /мир/);
    const german = latin1('<p>Die Gr\xf6\xdfe der Stra\xdfe ist f\xfcr \xc4pfel');
    assert.match((await decodeText(german, { declared: 'utf-8', syntax: 'html' })).text, /Größe der Straße/);
  });

  test('lets UTF-8 with a few bad bytes be UTF-8', async () => {
    const damaged = Buffer.concat([
      Buffer.from('Grüße und Küsse, Äpfel und Öl. '.repeat(20)),
      Buffer.of(0xff),
    ]);
    const { charset, text } = await decodeText(damaged, { declared: 'utf-8' });
    assert.equal(charset, 'utf-8');
    assert.equal(text.at(-1), '\ufffd');
  });

  test('is not misled by a letter cut at the end', async () => {
    const { charset } = await decodeText(Buffer.from('größer').subarray(0, 3));
    assert.equal(charset, 'utf-8');
  });

  test('guesses from statistics when nobody says anything', async () => {
    assert.match((await decodeText(Buffer.concat([RUSSIAN_1251, RUSSIAN_1251]))).text, /Привет/);
    assert.match((await decodeText(Buffer.from('wide text', 'utf16le'))).text, /^wide text$/);
  });

  test('drops NUL characters with a warning, and survives labels that nobody knows', async () => {
    const { text, warnings } = await decodeText(latin1('a\0b'), { declared: 'x-klingon' });
    assert.equal(text, 'ab');
    assert.equal(warnings.length, 1);
  });
});
