import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Section, StoredDocument } from '../document/index.ts';
import { readablePage } from './page-markdown.ts';

const section = (kind: Section['kind'], text: string, level = 0): Section => ({
  kind,
  text,
  level,
  anchor: '',
});

function markdownOf(title: string, sections: readonly Section[]): string {
  const document: Partial<StoredDocument> = {
    url: 'https://e.example/',
    title,
    language: 'en',
    fetchedAt_ms: 1,
    sections,
  };
  return readablePage(document as StoredDocument).markdown;
}

test('a page is written as Markdown, without its menus', () => {
  const markdown = markdownOf('Birds', [
    section('menu', 'Home\nAbout'),
    section('heading', 'Falcons', 2),
    section('text', 'First.\nSecond.'),
    section('list', 'one\ntwo'),
    section('quote', 'said'),
    section('table', 'a\tb\n1\t2|3'),
    section('code', 'let a = `x`;\n```'),
  ]);
  assert.equal(
    markdown,
    [
      '# Birds',
      '## Falcons',
      'First.\n\nSecond.',
      '- one\n- two',
      '> said',
      '| a | b |\n| --- | --- |\n| 1 | 2\\|3 |',
      '````\nlet a = `x`;\n```\n````',
    ].join('\n\n'),
  );
});

test('text that looks like markup stays text', () => {
  assert.equal(
    markdownOf('', [section('text', '# not *bold* [x](y) <b> 1. a')]),
    '\\# not \\*bold\\* \\[x\\](y) \\<b> 1. a',
  );
  assert.equal(
    markdownOf('', [section('text', '1. not a list\n- nor this')]),
    '\\1. not a list\n\n\\- nor this',
  );
});
