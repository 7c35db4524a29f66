/** The outside suites: nothing fails, and every deviation has its reason in docs/suites.md. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { projectText } from '../../testing/project-files.ts';
import { sharedData } from '../../testing/shared-data.ts';
import { ALL_SUITES, LEAST_SHARE } from './all-suites.ts';

const reasons = new Set(
  [...projectText('docs/suites.md').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name),
);

/** Suites whose data is here. The list names more: their data may come. */
const present = ALL_SUITES.filter(({ data }) => sharedData(data) !== undefined);

describe('the outside suite', { skip: present.length === 0 && 'its data is not on this machine' }, () => {
  for (const suite of present) {
    test(suite.name, async (t) => {
      const {
        passed,
        failed,
        deviations,
        reasons: found,
        failures,
      } = await suite.run(sharedData(suite.data) ?? '');
      t.diagnostic(`${suite.name}: ${passed} passed, ${failed} failed, ${deviations} deviations`);
      assert.ok(passed > 0);
      const share = passed / (passed + failed);
      assert.ok(share >= (LEAST_SHARE[suite.name] ?? 1), failures.slice(0, 5).join('\n'));
      for (const reason of Object.keys(found))
        assert.ok(reasons.has(reason), `${reason} stands in docs/suites.md`);
    });
  }
});
