/** For each rule of the import's checklists in docs/lineage.md: the line that keeps it, and what it would be without. */

import { type BrokenRule, type RuleSet, rulesIn } from './rule-breaker.ts';

const FILES = 'gigablast/title-files.ts';
const DATA = 'gigablast/data-files.ts';
const SOURCE = 'gigablast/title-source.ts';
const CURSORS = 'gigablast/record-cursors.ts';
const SURVEY = 'gigablast/file-survey.ts';
const FRAME = 'gigablast/record-frame.ts';
const RECORD = 'gigablast/title-record.ts';
const JOB = 'import-job.ts';
const ONE = 'import-record.ts';
const NUMBER = '(\\d{4,9})';

const rule = rulesIn('src/transfer');

const RULES: readonly BrokenRule[] = [
  rule('SF1', CURSORS, 'while (this.#next < this.#end) {', 'if (this.#next < this.#end / 2) {'),
  rule(
    'SF2',
    JOB,
    'this.#prefix = new SettledPrefix(undefined, NO_COUNTS);',
    'this.#prefix = new SettledPrefix({ high: 2_000 * 1024, low: 0 }, NO_COUNTS);',
  ),
  rule(
    'SF3',
    'imports.ts',
    'request.isDryRun !== true && !this.#engine',
    'collection.length > 99 && !this.#engine',
  ),
  rule('SF4', JOB, "this.#state = 'reading';", "this.#state = 'running';"),
  rule('SF5', FILES, "if (directory === '') throw", "if (directory === '?') throw"),
  rule('SF6', DATA, 'throw unreadable(path, error);', 'return [];'),
  rule('SF7', DATA, NUMBER, '(\\d{1,9})'),
  rule('SF8', DATA, 'of !== database', 'of === undefined'),
  rule('SF9', DATA, '\\.dat(?:\\.part(\\d{1,6}))?$/', '\\.dat(?:\\.part(\\d{1,6}))?/'),
  rule('SF10', DATA, '([a-z]+)(\\d{4,9})', '([a-z]+)(?:[A-Z]\\w+?|-\\w+)?(\\d{4,9}|)'),
  rule('SF11', DATA, 'id: Number(number)', 'id: Number(number.slice(0, 4))'),
  rule('SF12', SOURCE, 'for (const cursor of cursors) if', 'for (const cursor of cursors.slice(1)) if'),
  rule('SF13', DATA, 'a.id - b.id ||', 'b.id - a.id ||'),
  rule('SF14', FILES, 'id % 2 === 0', 'id % 2 === 7'),
  rule(
    'SF15',
    JOB,
    'before !== undefined &&\n      !before.isDone',
    'before !== undefined &&\n      before.isDone',
  ),
  rule('SF16', JOB, 'return JSON.stringify(a) === JSON.stringify(b);', 'return a.length <= b.length;'),
  rule('SF17', JOB, '!before.isDone &&', ''),
  rule('SF18', DATA, '(?:-\\d{3})?', '(?:-000)?'),
  rule('SF19', DATA, 'start: number * partSize', 'start: laid.length * partSize'),
  rule('SF20', JOB, 'keyOfText(before.key), before.counts', 'undefined, before.counts'),
  rule('SF21', SOURCE, 'offset: this.#trees.get(file)?.[at]?.at ?? at', 'offset: 0'),
  rule('SF22', DATA, 'if (size > 0) laid.push', 'laid.push'),
  rule('SF23', JOB, '? resolve(directory) :', "? 'import' :"),
  rule('SF24', DATA, NUMBER, '(\\d{4})'),
  rule('SF25', DATA, '(?:-\\d{3})?', '-\\d{3}'),
  rule('IL1', ONE, "'CANCELLED', 'NOT_FOUND', 'LOCKED'", "'CANCELLED', 'LOCKED'"),
  rule('IL2', JOB, 'this.#inFlight >= atOnce &&', 'this.#inFlight > atOnce &&'),
  rule('IL3', JOB, 'atOnce < 1 ||', 'atOnce < -9 ||'),
  rule('IL4', JOB, 'while (this.#inFlight > 0) await this.#oneSettled();', ''),
  rule(
    'IL5',
    FILES,
    'if (folders.length === 0) throw await noTitleFiles(path);',
    "if (folders.length === 0) return [{ name: '', folders: [{ path, label: '', collnum: 0, files: [], savedTree: undefined, strayCollnums: [], passedOver: [] }] }];",
  ),
  rule(
    'IL7',
    'gigablast/split-file.ts',
    'stretches.push({ start, end: start + size });',
    'stretches.push({ start, end: start + size - 1 });',
  ),
  rule(
    'IL8',
    SOURCE,
    'versions.push(cursor.version);',
    'versions.push({ ...cursor.version, at: cursor.version.at + 1 });',
  ),
  rule(
    'IL9',
    FRAME,
    "if (left < KEY_BYTES || bytes.length - at < KEY_BYTES) return 'cut';",
    'if (left < KEY_BYTES) return { key: readKey(bytes, at), isTombstone: true, length: left };',
  ),
  rule('IL10', ONE, 'if (isOurs) await engine.remove', 'if (!isOurs) await engine.remove'),
  rule(
    'IL11',
    FRAME,
    "if (left < KEY_BYTES + 4) return 'cut';",
    'if (left < KEY_BYTES + 4) return { key, isTombstone: true, length: left };',
  ),
  rule(
    'IL12',
    FRAME,
    "if (size < 0 || size > MAX_RECORD_BYTES) return 'size';",
    'if (size < 0 || size > MAX_RECORD_BYTES) return { key, isTombstone: true, length: left };',
  ),
  rule(
    'IL13',
    JOB,
    'while (this.#inFlight >= atOnce &&',
    'if (this.#inFlight >= atOnce) continue;\n        while (this.#inFlight >= atOnce &&',
  ),
  rule('IL14', RECORD, 'unpacked.taken !== packed.length', 'unpacked.taken < 0'),
  rule('IL15', SURVEY, 'return this.#goesOn(at + frame.length, end);', 'return false;'),
  rule(
    'IL16',
    ONE,
    'const failure = failureOf(',
    "if (isPeregrineError(error, 'CORRUPT')) throw error;\n    const failure = failureOf(",
  ),
  rule('IL17', FRAME, 'const length = KEY_BYTES + 4 + size;', 'const length = KEY_BYTES + 3 + size;'),
  rule(
    'IL18',
    'settled-prefix.ts',
    'if (counts === undefined) break;',
    'if (counts === undefined) continue;',
  ),
  rule(
    'IL20',
    JOB,
    'this.#inFlight += 1;\n',
    'void Promise.resolve().then(() => Promise.resolve()).then(() => Promise.resolve()).then(() => Promise.resolve()).then(() => (this.#inFlight += 1));\n',
  ),
  rule(
    'IL21',
    'gigablast/document-source.ts',
    'fetchedAt_ms: fetchedAt_s(document) * 1000,',
    'fetchedAt_ms: fetchedAt_s(document),',
  ),
  rule('IL22', ONE, 'await clock.sleep(delay_ms);', 'throw error;'),
  rule('IL23', JOB, 'this.#inFlight >= atOnce &&', 'this.#inFlight >= 1 &&'),
  rule('IL24', JOB, "this.#state = isDone ? 'done' : 'paused';", "this.#state = 'paused';"),
  rule(
    'IL25',
    SOURCE,
    'if (await cursor.advance()) heap.sink();\n          else heap.pop();',
    'if (await cursor.advance()) heap.sink();\n          else return;',
  ),
  rule(
    'IL26',
    'gigablast/record-search.ts',
    'return found === known ? found : withTombstones(place, found);',
    'return place.end;',
  ),
  rule(
    'IL27',
    SURVEY,
    'run.end = at + frame.length;',
    'run.end = at + frame.length;\n    if (run !== undefined && run.end === this.#plan.file.end) run.end = at;',
  ),
  rule('IL28', FRAME, "return length > left ? 'cut' :", "return length > left + 2_000 ? 'cut' :"),
  rule('IL29', ONE, '...counts, failed: 1, reasons:', '...counts, imported: 1, reasons:'),
  rule(
    'IL30',
    'gigablast/split-file.ts',
    'const { bytesRead } = await opened.read(into, offset + done, wanted - done, from + done);',
    "const bytesRead = process.getBuiltinModule('node:fs').readSync(opened.fd, into, offset + done, wanted - done, from + done);",
  ),
  rule(
    'IL31',
    'imports.ts',
    'const key = `${collection} ${importId(request.directory, request.from)}`;',
    "const key = 'import';",
  ),
  rule('IL32', 'imports.ts', 'if (bookmark.isEnabled)', 'if (!bookmark.isEnabled)'),
];

export const TRANSFER_RULES: RuleSet = {
  ids: /^(?:SF|IL)\d+$/,
  // A test of the whole program holds it.
  elsewhere: ['IL19'],
  rules: RULES,
  tests: ['gigablast/title-files', 'gigablast/title-source', 'import-job', 'import-flow'].map(
    (name) => `src/transfer/${name}.test.ts`,
  ),
};
