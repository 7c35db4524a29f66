import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Section } from './document.ts';
import { readHtml } from './html.ts';

const read = (markup: string): ReturnType<typeof readHtml> => readHtml(markup, 'https://example.org/', 0);
const shown = (sections: readonly Section[]): string[] =>
  sections.map(({ kind, level, text }) => `${kind}${level || ''}: ${text}`);
const row = (cells: string): string => `<table><tr>${cells}</tr></table>`;

describe('the text of a page', () => {
  test('parts paragraphs where two lines end at once', () => {
    const { sections } = read('One line<br>and the same<br><br>Two<br> <br/><br>Three<pre>a<br><br>b</pre>');
    assert.deepEqual(shown(sections), ['text: One line and the same\nTwo\nThree', 'code: a\n\nb']);
  });

  test('takes the cells of a row for columns of the page where a menu stands beside text', () => {
    const links = ['soil', 'seed', 'blight', 'harvest'].map((name) => `<a href=${name}>${name}</a><br>`);
    const text = 'From October to March the seed lies in the old dairy, in trays two deep. '.repeat(5).trim();
    const beside = read(row(`<td>${links.join('')}<td>${text}`));
    assert.deepEqual(shown(beside.sections), ['menu: soil seed blight harvest', `table: ${text}`]);
    assert.deepEqual(
      beside.links.map(({ inMenu }) => inMenu),
      [true, true, true, true],
    );
    const inParts = read(row(`<td>News<br>${links.join('')}<td>Seed<br><br>${text}`));
    assert.deepEqual(shown(inParts.sections), [
      'menu: News soil seed blight harvest',
      `table: Seed\n${text}`,
    ]);
    const data = read(row(`<td>${links.slice(0, 2).join('')}<td>${text}<td>4`));
    assert.deepEqual(shown(data.sections), [`table: soil seed\t${text}\t4`]);
  });

  test('in Chinese and Japanese says more in each letter', () => {
    const text = '梅は黄色く熟すまで新聞紙の上で待ちます。塩は重さの十八パーセントです。'.repeat(2);
    const beside = '京都の町家で暮らしています。料理と猫が好きです。';
    const { sections } = read(`<div><p>${text}<p>${text}</div><div><div>${beside}</div></div>`);
    assert.deepEqual(shown(sections), [`text: ${text}\n${text}`, `menu: ${beside}`]);
  });

  test('is not what asks for consent above it', () => {
    const asked = 'Some of these are needed, others tell us how the site is used. '.repeat(6).trim();
    const said = 'From the first Sunday in May the library will be open from ten to two. '.repeat(5).trim();
    const { sections } = read(`<div class=gdpr-box><p>${asked}</div><div><h1>Hours</h1><p>${said}</div>`);
    assert.deepEqual(shown(sections), [`menu: ${asked}`, 'heading1: Hours', `text: ${said}`]);
  });

  test('is told from its foot by any name of that, and from the parts of a thing that are named so', () => {
    const said = 'The bridge will be closed on Tuesday and Wednesday from nine to five. '.repeat(5).trim();
    const foot = 'County Roads looks after four hundred bridges and some nine thousand lamps.';
    for (const name of ['fat-footer', 'o-page__related']) {
      const { sections } = read(`<div><p>${said}<p>${said}</p><div class=${name}><p>${foot}</div></div>`);
      assert.deepEqual(shown(sections), [`text: ${said}\n${said}`, `menu: ${foot}`], name);
    }
    const { sections } = read(`<div class=sticky-footer><p>${said}<p>${foot}</div>`);
    assert.deepEqual(shown(sections), [`text: ${said}\n${foot}`]);
  });
});
