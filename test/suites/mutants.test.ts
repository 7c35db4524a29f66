/** Bad input: two thousand documents gone wrong, each ends in a document or a typed error, soon. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildDocument, decodeTitleRecord } from '../../src/document/index.ts';
import { MAX_CPU_MS, mutants, originals, outcomeOf } from './mutants.ts';

const MUTANTS = 2000;
const SEED = 1;
const MAX_GROWTH_BYTES = 512 << 20;

describe('documents gone wrong', () => {
  test(`${MUTANTS} of them break nothing and hang nowhere`, async (t) => {
    const counts: Record<string, number> = {};
    const before = process.memoryUsage().rss;
    let slowest = 0;
    let done = 0;
    for (const source of mutants(originals(), SEED)) {
      const start = process.threadCpuUsage();
      const build = buildDocument(source).then((built) => {
        assert.equal(decodeTitleRecord(built.titleRecord).url, source.url);
        return built;
      });
      const outcome = await outcomeOf(build).catch((error: unknown) =>
        assert.fail(`${source.url}: ${String(error)}`),
      );
      const { user, system } = process.threadCpuUsage(start);
      slowest = Math.max(slowest, (user + system) / 1000);
      assert.ok(slowest <= MAX_CPU_MS, `${source.url} took ${slowest} ms`);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      done += 1;
      if (done === MUTANTS) break;
    }
    t.diagnostic(`${JSON.stringify(counts)}, the slowest took ${slowest.toFixed(0)} ms`);
    assert.ok((counts['built'] ?? 0) > MUTANTS / 4);
    assert.ok(process.memoryUsage().rss - before < MAX_GROWTH_BYTES);
  });
});
