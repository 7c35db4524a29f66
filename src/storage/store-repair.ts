/**
 * Repair of an open store. A damaged part is made whole from a source where one has it. Else what can be read of it
 * goes into a new part in its place, the rest is noted as lost, and the damaged file is set aside.
 */

import { isPeregrineError, type LogSink, messageOf, type Random } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import { compareKeys, keyAfter } from './key-order.ts';
import type { Manifest } from './manifest.ts';
import type { LossEntry, ManifestEdit, PartEntry, RunEntry } from './manifest-state.ts';
import type { SlotRange } from './part-check.ts';
import { entryOfFooter } from './part-identity.ts';
import { mendPart } from './part-mend.ts';
import { type KeyRange, salvagePart } from './part-salvage.ts';
import { PartWriter } from './part-writer.ts';
import { PartDirectory, type RepairSource } from './repair-source.ts';
import type { PartPlace } from './run-writer.ts';
import type { RetryingReads } from './retrying-reads.ts';
import type { StoreFiles } from './store-files.ts';
import type { PartReport } from './verify-report.ts';

export interface RepairOptions {
  /** Asked in order. */
  readonly sources?: readonly RepairSource[];
  /** From now on lost keys count as absent, and nobody is told of them any more. Default false. */
  readonly acceptLoss?: boolean;
}

export interface RepairReport {
  /** Files that are whole again. */
  readonly mended: readonly string[];
  /** Files of which only a part could be saved. */
  readonly quarantined: readonly string[];
  /** Parts whose lost keys are there again. */
  readonly regained: readonly number[];
  /** Key ranges that are lost now, all together. */
  readonly lostRanges: number;
  /** Lost ranges that were given up by this repair. */
  readonly accepted: number;
  readonly sentence: string;
}

export interface RepairContext extends PartPlace {
  readonly disk: Disk;
  readonly manifest: Manifest;
  readonly files: StoreFiles;
  readonly reads: RetryingReads;
  readonly random: Random;
  readonly slots: SlotRange;
  readonly log: LogSink;
}

interface Placed {
  readonly database: DatabaseName;
  readonly run: RunEntry;
  readonly entry: PartEntry;
}

/** Repairs what `damaged` names and what was lost before. To be run while no merge does. `IO`, `DISK_FULL`. */
export async function repairParts(
  context: RepairContext,
  damaged: readonly Pick<PartReport, 'database' | 'partNumber'>[],
  { sources = [], acceptLoss = false }: RepairOptions = {},
): Promise<RepairReport> {
  const mended: string[] = [];
  const quarantined: string[] = [];
  for (const { database, partNumber } of damaged) {
    const placed = findPart(context.manifest, database, partNumber);
    // Merged away meanwhile, or repaired: then it is nobody's loss.
    if (placed === undefined) continue;
    const path = context.files.partPath(partNumber);
    if (await mendFrom(context, placed, sources)) {
      mended.push(path);
      context.log.write('warn', 'storage.part-mended', { file: path });
    } else {
      await quarantine(context, placed);
      quarantined.push(path);
      context.log.write('error', 'storage.part-quarantined', { file: path });
    }
  }
  const regained = await regain(context, sources);
  const accepted = acceptLoss ? await giveUp(context) : 0;
  const lostRanges = DATABASE_NAMES.reduce(
    (sum, database) => sum + context.manifest.state.databases[database].losses.length,
    0,
  );
  const found = { mended, quarantined, regained, lostRanges, accepted };
  return { ...found, sentence: sentenceOf(found) };
}

function sentenceOf(report: Omit<RepairReport, 'sentence'>): string {
  const { mended, quarantined, regained, lostRanges, accepted } = report;
  const parts = [
    `${mended.length} ${mended.length === 1 ? 'part' : 'parts'} made whole`,
    `${quarantined.length} set aside`,
  ];
  if (regained.length > 0) parts.push(`lost keys of ${regained.length} regained`);
  if (accepted > 0) parts.push(`${accepted} lost key ${accepted === 1 ? 'range' : 'ranges'} given up`);
  parts.push(
    lostRanges === 0
      ? 'nothing is lost'
      : `${lostRanges} key ${lostRanges === 1 ? 'range is' : 'ranges are'} lost`,
  );
  return `${parts.join(', ')}.`;
}

function findPart(manifest: Manifest, database: DatabaseName, number: number): Placed | undefined {
  for (const run of manifest.state.databases[database].runs) {
    const entry = run.parts.find((part) => part.number === number);
    if (entry !== undefined) return { database, run, entry };
  }
  return undefined;
}

async function mendFrom(
  context: RepairContext,
  { database, run, entry }: Placed,
  sources: readonly RepairSource[],
): Promise<boolean> {
  const { disk, files, reads, random, slots, log } = context;
  for (const source of sources) {
    try {
      const isMended = await mendPart({
        disk,
        path: files.partPath(entry.number),
        directory: files.partsDirectory,
        database,
        run: run.number,
        entry,
        slots,
        reads,
        random,
        source,
      });
      if (!isMended) continue;
      files.renewPart(entry.number);
      return true;
    } catch (error) {
      // A source that fails is as good as none; a disk of ours that does will say so again below.
      log.write('warn', 'storage.repair-source-failed', { source: source.name, error: messageOf(error) });
    }
  }
  return false;
}

/** One edit puts what was saved in the place of the part and says what is lost. */
async function quarantine(context: RepairContext, placed: Placed): Promise<void> {
  const { manifest, files } = context;
  const { database, run, entry } = placed;
  const mark = files.partNames.mark;
  const { saved, lost } = await savePart(context, placed);
  try {
    if (saved !== undefined) await files.partNames.sync(mark);
    await files.setAside(entry.number).catch((error: unknown) => {
      if (!isPeregrineError(error, 'NOT_FOUND')) throw error;
    });
  } catch (error) {
    if (saved !== undefined) await context.disk.remove(files.partPath(saved.number)).catch(() => undefined);
    throw error;
  }
  const { merge } = manifest.state.databases[database];
  await manifest.adopt(
    () => {
      const edits: ManifestEdit[] = [{ edit: 'removePart', database, run: run.number, part: entry.number }];
      if (saved !== undefined) edits.push({ edit: 'addPart', database, run: run.number, part: saved });
      for (const loss of lossesOf(placed, saved, lost)) edits.push({ edit: 'lose', database, loss });
      // What was merged so far stands; a new plan will not cross the loss.
      if (merge !== undefined) edits.push({ edit: 'endMerge', database });
      const empty = manifest.state.databases[database].runs.filter(({ number, parts }) => {
        const left = parts.length - (number === run.number && saved === undefined ? 1 : 0);
        return left === 0;
      });
      for (const { number } of empty) edits.push({ edit: 'removeRun', database, run: number });
      return edits;
    },
    () => files.refresh(),
  );
}

async function savePart(
  context: RepairContext,
  { database, run, entry }: Placed,
): Promise<{ saved: PartEntry | undefined; lost: KeyRange[] }> {
  const file = await openPatiently(context, context.files.partPath(entry.number));
  if (file === undefined) return { saved: undefined, lost: [entry] };
  const lost: KeyRange[] = [];
  let writer: PartWriter | undefined;
  try {
    let isRow = false;
    for await (const found of salvagePart(file, database, entry)) {
      if ('lost' in found) {
        const before = lost.at(-1);
        if (isRow && before !== undefined) lost.splice(-1, 1, { ...before, lastKey: found.lost.lastKey });
        else lost.push(found.lost);
        isRow = true;
        continue;
      }
      isRow = false;
      writer ??= await newPart(context, database, run.order);
      await writer.add(found.entry.key, found.entry.value);
    }
    const saved = await writer?.finish();
    return { saved, lost };
  } catch (error) {
    await writer?.abandon();
    throw error;
  } finally {
    await file.close().catch(() => undefined);
  }
}

async function newPart(context: RepairContext, database: DatabaseName, order: number): Promise<PartWriter> {
  const { number, path } = context.nextPart();
  return PartWriter.create(context.disk, path, number, database, { order });
}

/** Only what still counted: a merge may have moved the front of the part on. */
function lossesOf(
  { run, entry }: Placed,
  saved: PartEntry | undefined,
  lost: readonly KeyRange[],
): LossEntry[] {
  const missing =
    entry.records + entry.tombstones - (saved === undefined ? 0 : saved.records + saved.tombstones);
  const left = lost.flatMap((range) => clip(range, run.consumed) ?? []);
  const entries = left.length === 1 ? missing : undefined;
  return left.map((range) => ({
    order: run.order,
    part: entry.number,
    entries,
    firstKey: range.firstKey,
    lastKey: range.lastKey,
  }));
}

function clip(range: KeyRange, consumed: Uint8Array | undefined): KeyRange | undefined {
  if (consumed === undefined || compareKeys(consumed, range.firstKey) < 0) return range;
  const firstKey = keyAfter(consumed);
  if (firstKey === undefined || compareKeys(firstKey, range.lastKey) > 0) return undefined;
  return { firstKey, lastKey: range.lastKey };
}

/** Lost keys whose part can be read somewhere by now come back as a run of the age that they had. */
async function regain(context: RepairContext, sources: readonly RepairSource[]): Promise<number[]> {
  const { manifest, files, disk } = context;
  const all = [...sources, new PartDirectory(disk, files.quarantineDirectory, 'quarantine')];
  const regained: number[] = [];
  for (const database of DATABASE_NAMES) {
    const byPart = Map.groupBy(manifest.state.databases[database].losses, ({ part }) => part);
    for (const [part, losses] of byPart) {
      for (const source of all) {
        if (!(await regainPart(context, database, part, losses, source))) continue;
        regained.push(part);
        break;
      }
    }
  }
  return regained;
}

async function regainPart(
  context: RepairContext,
  database: DatabaseName,
  part: number,
  losses: readonly LossEntry[],
  source: RepairSource,
): Promise<boolean> {
  const { manifest, files, log } = context;
  const order = losses[0]?.order ?? 0;
  const mark = files.partNames.mark;
  let writer: PartWriter | undefined;
  try {
    const file = await source.openPart(part);
    if (file === undefined) return false;
    try {
      const entry = await entryOfFooter(file);
      if (entry.number !== part) return false;
      for await (const found of salvagePart(file, database, entry)) {
        const range = 'lost' in found ? found.lost : { firstKey: found.entry.key, lastKey: found.entry.key };
        if (!losses.some((loss) => overlap(loss, range))) continue;
        if ('lost' in found) return false;
        writer ??= await newPart(context, database, order);
        await writer.add(found.entry.key, found.entry.value);
      }
    } finally {
      await file.close().catch(() => undefined);
    }
    const finished = writer;
    writer = undefined;
    const saved = await finished?.finish();
    if (saved !== undefined) await files.partNames.sync(mark);
    await manifest.adopt(
      () => {
        const edits: ManifestEdit[] = [{ edit: 'regain', database, part }];
        if (saved === undefined) return edits;
        const run = manifest.takeRun();
        return [
          ...edits,
          { edit: 'addRun', database, run, order },
          { edit: 'addPart', database, run, part: saved },
        ];
      },
      () => files.refresh(),
    );
    return true;
  } catch (error) {
    log.write('warn', 'storage.repair-source-failed', { source: source.name, error: messageOf(error) });
    return false;
  } finally {
    await writer?.abandon();
  }
}

function overlap(a: KeyRange, b: KeyRange): boolean {
  return compareKeys(a.firstKey, b.lastKey) <= 0 && compareKeys(b.firstKey, a.lastKey) <= 0;
}

async function giveUp({ manifest, files, log }: RepairContext): Promise<number> {
  let count = 0;
  const edits: ManifestEdit[] = [];
  for (const database of DATABASE_NAMES) {
    const { losses } = manifest.state.databases[database];
    count += losses.length;
    for (const part of new Set(losses.map((loss) => loss.part)))
      edits.push({ edit: 'regain', database, part });
  }
  if (edits.length === 0) return 0;
  await manifest.adopt(edits, () => files.refresh());
  log.write('warn', 'storage.loss-accepted', { ranges: count });
  return count;
}

/** Reads through this file are tried again as background reads are: a disk that stumbles is no damage. */
async function openPatiently({ disk, reads }: RepairContext, path: string): Promise<DiskFile | undefined> {
  const manner = { priority: 'background', file: path } as const;
  try {
    const file = await reads.withRetries(() => disk.open(path, 'read'), manner);
    const read = file.read.bind(file);
    file.read = (into, offset) => reads.withRetries(() => read(into, offset), manner);
    return file;
  } catch (error) {
    if (isPeregrineError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}
