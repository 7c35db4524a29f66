/** Statistics and an audit trail that are arrays: for tests of what stands upon engines. */

import type { AuditEntry, AuditTrail, Statistics, StatisticsSample } from '../src/collection/index.ts';

export function tinyStatistics(): Statistics {
  const samples: StatisticsSample[] = [];
  return {
    append: async (sample) => void samples.push(sample),
    read: async (from_ms, to_ms) => samples.filter(({ at_ms }) => at_ms >= from_ms && at_ms <= to_ms),
  };
}

export function tinyAuditTrail(): AuditTrail {
  const entries: AuditEntry[] = [];
  return {
    append: async (entry) => void entries.unshift(entry),
    recent: async (limit) => entries.slice(0, limit),
  };
}
