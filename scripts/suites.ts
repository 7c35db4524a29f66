/** Runs the outside suites: `node scripts/suites.ts [--json] [--failures] [suite …]`. A line for each, and what failed. */

import { parseArgs } from 'node:util';
import { ALL_SUITES, LEAST_SHARE } from '../test/suites/all-suites.ts';
import { sharedData } from '../testing/shared-data.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, failures: { type: 'boolean', default: false } },
});
let isRed = false;
for (const suite of ALL_SUITES) {
  if (positionals.length > 0 && !positionals.includes(suite.name)) continue;
  const path = sharedData(suite.data);
  if (path === undefined) {
    if (!values.json) console.log(`${suite.name}: no test data here`);
    continue;
  }
  const { name, passed, failed, deviations, reasons, failures } = await suite.run(path);
  if (passed < (passed + failed) * (LEAST_SHARE[name] ?? 1)) isRed = true;
  if (values.json) {
    console.log(JSON.stringify({ name, passed, failed, deviations }));
  } else {
    const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
    console.log(
      `${name}: ${passed} passed, ${failed} failed, ${deviations} deviations ${why.join(', ')}`.trim(),
    );
  }
  if (values.failures) for (const failure of failures) console.error(`  ${failure}`);
}
process.exitCode = isRed ? 1 : 0;
