/** For each rule of the checklists in docs/lineage.md: the line that keeps it, and what it would be without the rule. */

import { type BrokenRule, type RuleSet, rulesIn } from './rule-breaker.ts';

const rule = rulesIn('src/storage');

const VERIFY = 'store-verify.ts';
const CHECK = 'part-check.ts';
const POLICY = 'retry-policy.ts';
const READS = 'retrying-reads.ts';
const RANGE = 'range-read.ts';
const PAGE = 'page.ts';
const PART = 'part-reader.ts';
const MERGES = 'store-merges.ts';
const MERGE = 'merge.ts';
const STEP = 'merge-part.ts';

const RULES: readonly BrokenRule[] = [
  rule('DV1', VERIFY, "'storage.verify-began'", "'storage.nothing'"),
  rule(
    'DV2',
    'store.ts',
    'return this.#care.verify(options);',
    'return this.paused(() => this.#care.verify(options));',
  ),
  rule(
    'DV3',
    VERIFY,
    'parts.push(report);',
    'parts.push(report); if (parts.length === held.length) held.push(...holdParts(context.files).slice(held.length));',
  ),
  rule(
    'DV4',
    'verify-report.ts',
    '`Shard ${shard}: ${parts.length} ',
    "`Shard ${shard}: ${parts.length || 'no'} ",
  ),
  rule(
    'DV5',
    VERIFY,
    'a.reader.entry.number - b.reader.entry.number',
    'b.reader.entry.number - a.reader.entry.number',
  ),
  rule('DV6', VERIFY, 'const memory = memoryReports(context);', 'const memory: MemoryReport[] = [];'),
  rule('DV7', VERIFY, 'noteProblems(log, report);', 'if (report.problems[0]?.kind === "missing") break;'),
  rule(
    'DV8',
    CHECK,
    "this.#note(isPeregrineError(error, 'IO') ? 'unreadable' : 'footer',",
    "if (!isPeregrineError(error, 'IO')) this.#note('footer',",
  ),
  rule('DV9', CHECK, 'this.#entries += 1;', 'if (!isTombstone) this.#entries += 1;'),
  rule('DV10', CHECK, 'if (slot >= slots.first && slot <= slots.last) this.#own += 1;', 'this.#own += 1;'),
  rule('DV11', VERIFY, 'if (own !== entries) log.write(', 'if (own > entries) log.write('),
  rule(
    'DV12',
    CHECK,
    'isDeep ? pages : sampleOf(pages, this.#options.random)',
    'sampleOf(pages, this.#options.random)',
  ),
  rule('DV13', VERIFY, "'storage.verified'", "'storage.nothing'"),
  rule(
    'DV14',
    CHECK,
    'what, offset, size_bytes, firstKey, lastKey }',
    'what, size_bytes, firstKey, lastKey }',
  ),
  rule('DV15a', CHECK, 'if (consumed !== undefined && compareKeys(key, consumed) <= 0) return;', ''),
  rule('DV15', VERIFY, 'reader.pin();', ''),
  rule('DV16', CHECK, 'const slot = ((key[0] ?? 0) << 8) | (key[1] ?? 0);', 'const slot = key[0] ?? 0;'),

  rule('DS2', READS, 'asCorrupt(error) : error;', "asCorrupt(error) : new Error('lost');"),
  rule('DS3', POLICY, 'io: { interactive: { retries: 0 }', 'io: { interactive: { retries: UNLIMITED }'),
  rule(
    'DS4',
    POLICY,
    'if (rule.isSettable === true && read.maxRetries !== undefined) limit = read.maxRetries;',
    '',
  ),
  rule('DS5', POLICY, "if (error instanceof RangeError) return 'memory';", ''),
  rule('DS6', POLICY, 'background: { retries: UNLIMITED } }', 'background: { retries: 3 } }'),
  rule(
    'DS7',
    POLICY,
    'corrupt: { interactive: { retries: 0 }, background: { retries: 0 } }',
    'corrupt: { interactive: { retries: 0 }, background: { retries: 1 } }',
  ),
  rule('DS8', READS, "if (failure === 'io') this.#counters.readErrors += 1;", ''),
  rule('DS9', POLICY, 'io: { interactive: { retries: 0 }', 'io: { interactive: { retries: 2 }'),
  rule(
    'DS10',
    POLICY,
    'stuck: { interactive: { retries: 0 }, background: { retries: 0 } }',
    'stuck: { interactive: { retries: 0 }, background: { retries: UNLIMITED } }',
  ),
  rule('DS11', POLICY, 'retries: 5, becomesCorrupt: true', 'retries: 6, becomesCorrupt: true'),
  rule('DS12', PAGE, 'if (place.size_bytes > MAX_PAGE_BYTES) throw', 'if (place.size_bytes < 0) throw'),
  rule('DS13', POLICY, 'if (read.isShuttingDown && limit === UNLIMITED) limit = 0;', ''),
  rule('DS14', POLICY, "if (error.code !== 'IO') return 'fatal';", "if (error.code !== 'IO') return 'busy';"),
  rule('DS15', PAGE, 'if (view.getBigUint64(checksumAt, true) !== checksum) {', 'if (checksum < 0n) {'),
  rule('DS17', POLICY, 'if (read.retries >= limit)', 'if (read.retries > limit)'),
  rule('DS18', READS, 'if (isQuiet) return;', ''),
  rule('DS19', READS, 'if (retry === WARNING_RETRIES)', 'if (retry < 0)'),
  rule(
    'DS20',
    READS,
    'await this.#waitOrThrow(error, manner, retries);',
    'await this.#waitOrThrow(error, manner, retries); if (retries > 0) throw error;',
  ),
  rule('DS21', POLICY, 'const WAIT_STEP_MS = 200;', 'const WAIT_STEP_MS = 100;'),
  rule('DS22', READS, 'await this.#wait(decision.wait_ms, signal, error);', ''),
  rule('DS23', READS, 'signal === undefined ? closing : AbortSignal.any([closing, signal])', 'closing'),
  rule(
    'DS24',
    READS,
    "if (retries > 0) this.#log.write('error', 'storage.read-failed'",
    "if (retries < 0) this.#log.write('error', 'storage.read-failed'",
  ),
  rule('DS25', READS, 'if (retries > 0) this.#recovered(manner, retries);', ''),
  rule(
    'DS26',
    'record-block.ts',
    'get size_bytes(): number {',
    'get size_bytes(): number {\n    if (this.count > 0) return 1;',
  ),
  rule(
    'DS28',
    'block-collector.ts',
    'this.#count >= this.#limit || this.#bytes >= this.#byteTarget',
    'this.#count >= this.#limit',
  ),
  rule('DS29', 'part-opening.ts', "if (!isPeregrineError(error, 'NOT_FOUND')) throw error;", 'throw error;'),
  rule(
    'DS30',
    'merge-source.ts',
    'const into = this.#memory.bytes.subarray(at, at + end - offset);',
    'const into = this.#memory.bytes.subarray(at, at + end - offset);\n      this.#part?.keepPage(map.place(first), into.slice());',
  ),
  rule('DS31', 'page-cache.ts', 'onMismatch?.(name, held.offset);', 'return;'),
  rule(
    'DS32',
    'page-cache.ts',
    'const bytes = await promise;\n        if (!isDropped) this.#keep(bytes, offset, file);',
    'const bytes = await promise;',
  ),
  rule(
    'DS33',
    'run.ts',
    'if (compareKeysAt(keys, (count - 1) * keyBytes, this.#end, 0, keyBytes) <= 0) return block;',
    'if (count > 0) return block;',
  ),
  rule(
    'DS34',
    PAGE,
    '    offset: place.offset,\n    size_bytes: place.size_bytes,',
    '    size_bytes: place.size_bytes,',
  ),
  rule('DS35', 'read-timing.ts', "log.write('debug', 'storage.range-read', facts);", ''),
  rule(
    'DS36',
    RANGE,
    'const whole = view(database);',
    "const whole = view(database); if (whole.runs.length === 0) throw new PeregrineError('NOT_FOUND', 'No files.');",
  ),
  rule(
    'DS37',
    RANGE,
    'const { records, resume } = await range(limited);',
    'const { records, resume } = await range(limited).catch((): RangeResult => ({ records: [], resume: undefined }));',
  ),

  rule('GN1', MERGES, 'return this.#done - before;', 'return Math.max(1, this.#done - before);'),
  rule('GN2', MERGES, 'this.#resumed = Promise.withResolvers<void>();', ''),
  rule('GN3', MERGES, '() => this.#lookForRoomAgain(),', '() => undefined,'),
  rule(
    'GN4',
    MERGES,
    'this.#resumed?.resolve();\n    await this.#queue.close();',
    'await this.#queue.close();',
  ),
  rule(
    'GN7',
    MERGE,
    'run.parts.filter(({ lastKey }) => compareKeys(lastKey, key) <= 0)',
    '[] as PartEntry[]',
  ),
  rule(
    'GN8',
    MERGE,
    'run.parts.filter(({ lastKey }) => compareKeys(lastKey, key) <= 0)',
    'run.parts.filter(({ firstKey }) => compareKeys(firstKey, key) <= 0)',
  ),
  rule(
    'GN9',
    MERGE,
    "merge.sources.map((run) => ({ edit: 'removeRun', database, run }))",
    "merge.sources.slice(1).map((run) => ({ edit: 'removeRun', database, run }))",
  ),
  rule('GN10', MERGE, "{ edit: 'consumed', database, run: run.number, key },", ''),
  rule('GN11', 'store-files.ts', 'await this.removeFile(`${this.partsDirectory}/${name}`);', ''),
  rule('GN12', PART, 'await this.#unpinned();\n    try {', 'try {'),
  rule(
    'GN13',
    PART,
    "this.#log.write('warn', 'storage.part-not-removed', {",
    'throw Object.assign(new Error(), {',
  ),
  rule('GN14', MERGE, '...behind.map(', '...behind.slice(0, 1).map('),
  rule(
    'GN17',
    'merged-walk.ts',
    'this.#heads = this.#heads.filter(({ isDone }) => !isDone);',
    'this.#hasDone = false;',
  ),
  rule('GN18', MERGE, 'await files.partNames.sync(mark);', 'void mark;'),
  rule('GN19', MERGE, 'for (;;) {', 'for (let steps = 0; steps < 40; steps++) {'),
  rule('GN20', STEP, "{ priority: 'background' }", "{ priority: 'interactive' }"),
];

export const STORAGE_RULES: RuleSet = {
  ids: /^(?:DV|DS|GN)\d+[a-z]?$/,
  elsewhere: [],
  rules: RULES,
  tests: ['store-verify', 'retry-policy', 'retrying-reads', 'page-cache', 'merge', 'merge-checklist'].map(
    (name) => `src/storage/${name}.test.ts`,
  ),
};
