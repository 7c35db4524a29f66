/** Imports of title files under watch, for tests: an engine that holds documents back and fails those that it is told to. */

import type { TestContext } from 'node:test';

import { type ErrorCode, PeregrineError } from '../src/base/index.ts';
import type { InjectResult } from '../src/collection/index.ts';
import type { DocumentSource } from '../src/document/index.ts';
import { ImportJob, type ImportRequest } from '../src/transfer/import-job.ts';
import type { ImportReport } from '../src/transfer/import-report.ts';
import { titleBytes, type TitleDocument, titleRecord, tombstone, writeTitleFile } from './gigablast-files.ts';
import { HastyClock } from './hasty-clock.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { TinyEngine } from './tiny-engine.ts';

export const page = (n: number, text = `page ${n}`): TitleDocument => ({
  url: `http://site.example.org/${n}`,
  content: `<title>${text}</title><p>${text}`,
  docId: n * 1_000,
});
export const gone = (n: number): ReturnType<typeof tombstone> => tombstone(page(n).url, n * 1_000);
export const twin = (n: number, url: string, spidered_s: number): ReturnType<typeof titleRecord> =>
  titleRecord({ url, content: `<title>copy ${n}</title>`, docId: n, spidered_s });
export const key = (high: number): { high: number; low: number } => ({ high, low: 0 });
export const times = (code: ErrorCode, count: number): PeregrineError[] =>
  numbers(count).map(() => new PeregrineError(code, 'Odd.', {}));
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
export const pages = (...wanted: readonly number[]): Uint8Array =>
  titleBytes(wanted.map((n) => titleRecord(page(n))));

/** An engine that holds documents back until they are let go, and fails those that it is told to. */
export class WatchedEngine extends TinyEngine {
  /** URLs in the order in which they were stored. */
  readonly stored: string[] = [];
  /** Errors to come, by URL; each counts once. */
  readonly errors: Map<string, PeregrineError[]> = new Map();
  readonly waiting: (() => void)[] = [];
  holds = false;
  most = 0;
  /** Called when a document arrives. */
  onArrival: () => void = () => undefined;

  override async put(name: string, source: DocumentSource): Promise<InjectResult> {
    const gate = this.holds ? new Promise<void>((resolve) => this.waiting.push(resolve)) : undefined;
    this.most = Math.max(this.most, this.waiting.length);
    this.onArrival();
    await gate;
    const error = this.errors.get(source.url)?.shift();
    if (error !== undefined) throw error;
    this.stored.push(source.url);
    return super.put(name, source);
  }

  release(): void {
    for (const go of this.waiting.splice(0)) go();
  }

  letGo(): void {
    this.holds = false;
    this.release();
  }

  async urls(): Promise<string[]> {
    const urls: string[] = [];
    for await (const { document } of this.documents('main')) urls.push(document.url);
    return urls.sort();
  }
}

export async function watchedEngine(): Promise<WatchedEngine> {
  const engine = new WatchedEngine({});
  if (!engine.collections().includes('main')) await engine.createCollection('main');
  return engine;
}

export function jobOf(
  engine: TinyEngine,
  directory: string,
  request: Partial<ImportRequest> = {},
): ImportJob {
  return new ImportJob(engine, 'main', { directory, ...request }, new HastyClock());
}

export async function run(
  engine: TinyEngine,
  directory: string,
  request: Partial<ImportRequest> = {},
): Promise<ImportReport> {
  const job = jobOf(engine, directory, request);
  await job.run();
  return job.report();
}

/** A folder with a file of so many pages. */
export function folderOf(t: TestContext, count: number): string {
  const directory = temporaryDirectory(t);
  writeTitleFile(directory, pages(...numbers(count)));
  return directory;
}

/** Resolves once `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

export const urlOf = (n: number): string => `http://site.example.org/${n}`;
export const urlsOf = (count: number): string[] => numbers(count).map(urlOf).sort();
