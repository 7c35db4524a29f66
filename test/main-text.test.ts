/** Main text against menus, on pages of many kinds: what `data-main` marks is what a reader came for. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { extractDocument, mainTextOf } from '../src/document/index.ts';
import { wordsOf } from '../src/text/index.ts';
import { projectFiles, projectText } from '../testing/project-files.ts';

const FOLDER = 'test/main-text';
const LEAST_MEAN = 0.93;
const LEAST_OF_A_PAGE = 0.85;

type Child = DefaultTreeAdapterTypes.ChildNode;

function markedText(children: readonly Child[], isMarked = false): string {
  return children
    .map((node) => {
      if (node.nodeName === '#text') return isMarked ? (node as DefaultTreeAdapterTypes.TextNode).value : '';
      if (!('tagName' in node)) return '';
      return ` ${markedText(node.childNodes, isMarked || node.attrs.some(({ name }) => name === 'data-main'))} `;
    })
    .join('');
}

/** Harmonic mean of precision and recall over the words, each as often as it is there. */
function f1(found: readonly string[], wanted: readonly string[]): number {
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count > 0) common += 1;
    left.set(word, count - 1);
  }
  return (2 * common) / (found.length + wanted.length);
}

describe('the main text', () => {
  test('of pages of many kinds is told from their menus', async (t) => {
    const scores: number[] = [];
    for (const name of projectFiles(FOLDER, '.html')) {
      const html = projectText(name);
      const { document } = await extractDocument({
        url: `https://example.org/${name}`,
        bytes: new TextEncoder().encode(html),
        headers: { 'content-type': 'text/html; charset=utf-8' },
        status: 200,
        fetchedAt_ms: 0,
        depth: 0,
      });
      const score = f1(
        wordsOf(mainTextOf('', document.sections)),
        wordsOf(markedText(parse(html).childNodes)),
      );
      t.diagnostic(`${name}: ${score.toFixed(3)}`);
      assert.ok(score >= LEAST_OF_A_PAGE, `${name}: ${score}`);
      scores.push(score);
    }
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    t.diagnostic(`mean: ${mean.toFixed(3)}`);
    assert.ok(mean >= LEAST_MEAN, String(mean));
  });
});
