import assert from 'node:assert/strict';
import { test } from 'node:test';

import { queryOfFields } from './advanced-page.ts';

test('the fields of advanced search become a query', () => {
  const none = {
    all: '',
    phrase: '',
    any: '',
    none: '',
    site: '',
    title: '',
    lang: '',
    after: '',
    before: '',
  };
  assert.equal(queryOfFields(none), '');
  assert.equal(
    queryOfFields({
      ...none,
      all: 'jazz piano',
      phrase: 'take "five"',
      any: 'sax drums',
      none: 'rock pop',
      site: 'https://www.example.org/',
      title: 'live',
      lang: 'en',
      after: '2024-01-31',
    }),
    'jazz piano "take  five" (sax OR drums) -rock -pop intitle:live site:www.example.org lang:en after:2024-01-31',
  );
});
