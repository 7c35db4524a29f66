/** An import as it goes on, and what came of it. */

import type { ImportReport } from '../transfer/index.ts';
import type { EngineCalls } from '../server/index.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

/** A look reads what the store keeps of every import: often at first, then as seldom as the import is long. */
const FIRST_LOOK_MS = 100;
const LAST_LOOK_MS = 1_000;
const LOOK_SHARE = 0.02;
const LINE_MS = 5_000;
/** Failures and losses that a summary names; the rest is counted. */
const NAMED = 10;
/** Characters of an address that are shown. */
const SHOWN = 200;

export interface WatchImportOptions {
  readonly calls: EngineCalls;
  readonly collection: string;
  readonly id: string;
  /** Aborted: the import is paused, and goes on from there when it is started again. */
  readonly signal: AbortSignal;
  readonly isQuiet: boolean;
}

/** Shows the import until it is done, paused or failed. Returns its last state. */
export async function watchImport(terminal: Terminal, options: WatchImportOptions): Promise<ImportReport> {
  const { calls, collection, id, signal, isQuiet } = options;
  const began_ms = performance.now();
  let next_ms = began_ms + (terminal.isInteractive ? 0 : LINE_MS);
  for (;;) {
    const report = (await calls.imports(collection)).find((each) => each.id === id);
    if (
      report === undefined ||
      report.state === 'done' ||
      report.state === 'paused' ||
      report.state === 'failed'
    ) {
      if (report !== undefined) return report;
    } else if (signal.aborted) {
      return calls.pauseImport(collection, id);
    }
    if (!isQuiet && report !== undefined && performance.now() >= next_ms) {
      next_ms = performance.now() + LINE_MS;
      terminal.err(progressLine(report));
    }
    const look_ms = Math.min(LAST_LOOK_MS, (performance.now() - began_ms) * LOOK_SHARE);
    await new Promise((resolve) => setTimeout(resolve, Math.max(FIRST_LOOK_MS, look_ms)));
  }
}

function progressLine(report: ImportReport): string {
  if (report.state === 'waiting') return 'Waiting for other imports to end…';
  if (report.state === 'reading') return 'Looking through the files…';
  const left = report.remaining_s === undefined ? '' : `, ${duration(report.remaining_s)} left`;
  return `${report.read} of ${report.total} records, ${report.imported} imported, ${report.failed} failed, ${report.documents_per_s.toFixed(0)}/s${left}`;
}

function duration(time_s: number): string {
  if (time_s < 90) return `${Math.ceil(time_s)} s`;
  return time_s < 5_400 ? `${Math.round(time_s / 60)} min` : `${(time_s / 3_600).toFixed(1)} h`;
}

/** What came of it, line by line; `why` tells the reasons of what was left out or refused. */
export function importSummary(report: ImportReport, why: string): string[] {
  const { imported, unchanged, superseded, tombstones, skipped, failed, lost_bytes } = report;
  const parts = [
    `${imported} imported`,
    ...(unchanged > 0 ? [`${unchanged} were there already`] : []),
    ...(superseded > 0 ? [`${superseded} older versions`] : []),
    ...(tombstones > 0 ? [`${tombstones} deletions`] : []),
    ...(skipped > 0 ? [`${skipped} left out`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(lost_bytes > 0 ? [`${lost_bytes} bytes unreadable`] : []),
  ];
  const verb = report.isDryRun ? 'Would import' : report.state === 'paused' ? 'Paused after' : 'Read';
  const lines = [`${verb} ${report.read} ${report.read === 1 ? 'record' : 'records'}: ${parts.join(', ')}.`];
  if (why !== '') lines.push(`  Why: ${printable(why)}.`);
  for (const note of report.notes) lines.push(`  ${printable(note)}`);
  for (const { file, offset, size_bytes, why } of report.losses.slice(0, NAMED)) {
    lines.push(`  ${printable(file)} at ${offset}: ${size_bytes} bytes lost, ${why}`);
  }
  for (const { file, offset, url, message } of report.failures.slice(0, NAMED)) {
    lines.push(
      `  ${printable(file)} at ${offset}: ${printable(url === '' ? message : `${url.slice(0, SHOWN)}: ${message}`)}`,
    );
  }
  const unnamed = Math.max(0, report.losses.length - NAMED) + Math.max(0, failed - NAMED);
  if (unnamed > 0) lines.push(`  and ${unnamed} more`);
  if (failed > NAMED && !report.isDryRun) lines.push('  All that failed: peregrine import failures');
  return lines;
}

/** The line of numbers for programs, of all imports together. What was there already was imported all the same. */
export function importLine(reports: readonly ImportReport[], cpu_ms: number | undefined): object {
  const sum = (pick: (report: ImportReport) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  const read = sum((report) => report.read);
  const imported = sum((report) => report.imported + report.unchanged);
  return {
    read,
    imported,
    tombstones: sum((report) => report.tombstones),
    superseded: sum((report) => report.superseded),
    failed: sum((report) => report.failed),
    lost_bytes: sum((report) => report.lost_bytes),
    cpu_ms_per_doc:
      cpu_ms === undefined || read === 0 ? null : Number((cpu_ms / Math.max(1, imported)).toFixed(3)),
  };
}
