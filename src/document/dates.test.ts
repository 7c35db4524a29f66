import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDate } from './dates.ts';

const NOW_MS = Date.parse('2024-06-01T00:00:00Z');

test('dates are read in the forms of ISO and RFC 1123, in UTC unless they say otherwise', () => {
  for (const [text, expected] of [
    ['2024-01-02', '2024-01-02T00:00:00Z'],
    ['2024-01-02 03:04', '2024-01-02T03:04:00Z'],
    ['2024-01-02T03:04:05.678+0100', '2024-01-02T02:04:05Z'],
    ['Tue, 02 Jan 2024 03:04:05 GMT', '2024-01-02T03:04:05Z'],
    ['2 Jan 2024', '2024-01-02T00:00:00Z'],
  ] as const) {
    assert.equal(parseDate(text, NOW_MS), Date.parse(expected), text);
  }
});

test('dates that cannot be are none', () => {
  for (const text of ['', 'yesterday', '2024-13-40', '1970-01-01', '2030-01-01', '0000-00-00', '12345']) {
    assert.equal(parseDate(text, NOW_MS), 0, text);
  }
});
