import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datePeriod } from './date-period.ts';

const NOW_MS = Date.parse('2024-05-17T12:00:00Z');

test('a date is a period in UTC, from its first moment to its last', () => {
  for (const [typed, first, last] of [
    ['2024', '2024-01-01T00:00:00.000Z', '2024-12-31T23:59:59.999Z'],
    ['2024-02', '2024-02-01T00:00:00.000Z', '2024-02-29T23:59:59.999Z'],
    ['2023/12', '2023-12-01T00:00:00.000Z', '2023-12-31T23:59:59.999Z'],
    ['2024-05-17', '2024-05-17T00:00:00.000Z', '2024-05-17T23:59:59.999Z'],
    ['yesterday', '2024-05-16T00:00:00.000Z', '2024-05-16T23:59:59.999Z'],
    ['2w', '2024-05-03T12:00:00.000Z', '2024-05-03T12:00:00.000Z'],
    ['1m', '2024-04-17T12:00:00.000Z', '2024-04-17T12:00:00.000Z'],
    ['2024-05-17T08:30Z', '2024-05-17T08:30:00.000Z', '2024-05-17T08:30:00.000Z'],
    ['2024-05-17 08:30', '2024-05-17T08:30:00.000Z', '2024-05-17T08:30:00.000Z'],
    ['1700000000', '2023-11-14T22:13:20.000Z', '2023-11-14T22:13:20.000Z'],
  ] as const) {
    const period = datePeriod(typed, NOW_MS);
    assert.deepEqual(
      period && [new Date(period.first_ms).toISOString(), new Date(period.last_ms).toISOString()],
      [first, last],
      typed,
    );
  }
});

test('what is no date is none', () => {
  for (const typed of ['', 'soon', '2024-13', '2024-02-30', '24', 'x2024']) {
    assert.equal(datePeriod(typed, NOW_MS), undefined, typed);
  }
});
