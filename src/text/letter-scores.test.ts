import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eld } from 'eld/extrasmall';
import * as fc from 'fast-check';
import { LANGUAGES } from './languages.ts';
import { LetterStatistics } from './letter-scores.ts';
import { loadLetterStatistics } from './letter-statistics.ts';

const WORDS = (
  "Alle Menschen sind frei la défense des droits l'homme don’t ΟΔΟΣ İstanbul человека और अधिकार ħaqq 𝒳y 日本語 12 – . \ud800 " +
  `${'a'.repeat(71)} ${'ö'.repeat(60)}`
).split(' ');

const LETTERS = "aäαабİهाก日' 9'’-".split('');

test('scores are those that the package counts', async () => {
  const ours = await loadLetterStatistics();
  assert.ok(ours instanceof LetterStatistics, 'by our own code');
  const text = fc.array(
    fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 12 })),
    {
      maxLength: 80,
    },
  );
  fc.assert(
    fc.property(text, (words) => {
      const sample = words.join(' ').slice(0, 400);
      const [got, wanted] = [ours.detect(sample), eld.detect(sample)];
      assert.deepEqual([got.language, got.isReliable()], [wanted.language, wanted.isReliable()]);
      const scores: Record<string, number> = wanted.getScores();
      for (const { code } of LANGUAGES) {
        assert.equal(got.scoreOf(code).toFixed(9), (scores[code] ?? 0).toFixed(9), code);
      }
    }),
    // An overlong word counts once, wherever it stands.
    { examples: [[['ö'.repeat(60), 'ö'.repeat(60)]]] },
  );
});
