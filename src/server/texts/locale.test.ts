import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../../testing/served-engine.ts';
import { chooseLocale, LOCALES, localeOf } from './locale.ts';

test('a language is chosen by name, else by what the browser likes best of ours', () => {
  for (const [wanted, header, expected] of [
    ['de', 'fr', 'de'],
    ['xx', 'fr', 'fr'],
    [undefined, 'pt-BR,pt;q=0.9,es;q=0.4,ja;q=0.6', 'ja'],
    [undefined, 'de-AT', 'de'],
    [undefined, 'de;q=0, es', 'es'],
    [undefined, 'zh, *;q=0.1', 'en'],
    [undefined, ';;;,,q=,de;q=x', 'de'],
    [undefined, undefined, 'en'],
  ] as const) {
    assert.equal(chooseLocale(wanted, header).name, expected, `${wanted} ${header}`);
  }
});

test('every language says everything, in words of its own', () => {
  const english = localeOf('en').texts;
  for (const name of LOCALES) {
    const { texts, count, date, languageName } = localeOf(name);
    for (const [key, value] of Object.entries(texts)) {
      const said =
        typeof value === 'function'
          ? (value as (...parts: unknown[]) => string)('7', ...(key === 'range' ? ['8', '9'] : [7, true]))
          : value;
      assert.ok(said.trim().length > 0, `${name}.${key}`);
      assert.doesNotMatch(said, /undefined|\[object/, `${name}.${key}`);
    }
    assert.match(count(12_345), /^12.?345$/);
    assert.match(date(1_772_632_800_000), /2026/);
    assert.notEqual(languageName('fi'), '');
    if (name !== 'en') assert.notEqual(texts.tryFewerWords, english.tryFewerWords);
  }
  assert.equal(localeOf('fr').texts.results('0', 0, true), '0 résultat');
  assert.equal(localeOf('ar').texts.results('2', 2, true), 'نتيجتان');
  assert.equal(localeOf('en').texts.range('11', '20', 'About 90 results'), '11–20 of about 90 results');
});

test('pages are in the language of who asks, and keep it where it was chosen', async () => {
  await withServer(async ({ ask }) => {
    const german = await ask({ url: '/search?q=falcon', headers: { 'accept-language': 'de' } });
    assert.match(german.body, /<html lang="de" dir="ltr">/);
    assert.match(german.body, /2 Ergebnisse/);
    assert.match(String(german.headers['vary']), /Accept-Language/);
    assert.doesNotMatch(german.body, /name="hl"/);
    const arabic = await ask({ url: '/search?q=falcon&hl=ar&n=1', headers: { 'accept-language': 'de' } });
    assert.match(arabic.body, /<html lang="ar" dir="rtl">/);
    assert.match(arabic.body, /name="hl" value="ar"/);
    assert.match(arabic.body, /href="\/search\?q=falcon&amp;hl=ar&amp;n=1&amp;s=1"|hl=ar[^"]*s=1/);
    assert.match(arabic.body, /href="\/search\?q=falcon&amp;hl=fr&amp;n=1" lang="fr"/);
    assert.match((await ask('/?hl=ja')).body, /2 ページを検索できます/);
  });
});
