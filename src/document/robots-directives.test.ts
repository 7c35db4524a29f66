import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_DIRECTIVES, parseDirectives, parseRobotsHeader } from './robots-directives.ts';

const NOW_MS = Date.parse('2024-06-01');
const set = (...names: (keyof typeof NO_DIRECTIVES)[]): typeof NO_DIRECTIVES => ({
  ...NO_DIRECTIVES,
  ...Object.fromEntries(names.map((name) => [name, true])),
});

describe('robots directives', () => {
  test('are read from a meta element in any order and case', () => {
    assert.deepEqual(parseDirectives('NOARCHIVE, index ,NoFollow', NOW_MS), set('noarchive', 'nofollow'));
    assert.deepEqual(parseDirectives('none', NOW_MS), set('noindex', 'nofollow'));
    assert.deepEqual(parseDirectives('max-snippet:0, max-image-preview:large', NOW_MS), set('nosnippet'));
    assert.deepEqual(parseDirectives('all', NOW_MS), NO_DIRECTIVES);
  });

  test('expire', () => {
    assert.deepEqual(parseDirectives('unavailable_after: 2024-05-01', NOW_MS), set('noindex'));
    assert.deepEqual(parseDirectives('unavailable_after: 2025-05-01, nofollow', NOW_MS), set('nofollow'));
  });

  test('of a header are ours when they name us or nobody', () => {
    assert.deepEqual(parseRobotsHeader('noindex', NOW_MS), set('noindex'));
    assert.deepEqual(parseRobotsHeader('googlebot: noindex, nofollow', NOW_MS), NO_DIRECTIVES);
    assert.deepEqual(parseRobotsHeader('otherbot: noindex\nPeregrine: nofollow', NOW_MS), set('nofollow'));
    assert.deepEqual(
      parseRobotsHeader('noarchive, otherbot: noindex, peregrine: nosnippet', NOW_MS),
      set('noarchive', 'nosnippet'),
    );
    assert.deepEqual(parseRobotsHeader('max-snippet: 0', NOW_MS), set('nosnippet'));
    for (const date of ['Wed, 01 May 2024 00:00:00 GMT', 'Wednesday, 01-May-24 00:00:00 GMT', '2024-05-01'])
      assert.deepEqual(
        parseRobotsHeader(`noarchive, unavailable_after: ${date}`, NOW_MS),
        set('noarchive', 'noindex'),
      );
    const later =
      'otherbot: noindex, peregrinebot: unavailable_after: Thu, 01 May 2025 00:00:00 GMT, nofollow';
    assert.deepEqual(parseRobotsHeader(later, NOW_MS), set('nofollow'));
  });
});
