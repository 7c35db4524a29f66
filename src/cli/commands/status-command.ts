/** `peregrine status`: what is in the index, how the crawls are, what it takes. */

import type { Command } from 'commander';

import type { EngineStatus } from '../../collection/index.ts';
import { reachEngine } from '../engine-access.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

export function statusCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Show what is in the index, how the crawls are, and what it takes.')
    .addHelpText('after', '\nExamples:\n  peregrine status\n  peregrine status --json')
    .action(async (options: SharedOptions) => {
      const { calls, own } = await reachEngine(terminal, options, { mustExist: true });
      try {
        const status = await calls.status();
        if (options.json === true) terminal.out(JSON.stringify(status, null, 2));
        else await print(terminal, status, own === undefined);
      } finally {
        await calls.close();
      }
    });
}

async function print(terminal: Terminal, status: EngineStatus, isRunning: boolean): Promise<void> {
  const { age, count, counted, diskUse, size } = await import('../../server/index.ts');
  const disk = diskUse(status);
  const rows: [string, string][] = [
    ['Data directory', `${status.dataDirectory}${status.isReadOnly ? ' (open for reading only)' : ''}`],
    ['Process', isRunning ? `running for ${age(status.uptime_s)}` : 'none is running'],
    ['Documents', count(status.documents)],
    [
      'On disk',
      `${size(disk.all_bytes)}, ${size(disk.log_bytes)} of it log (${size(status.diskFree_bytes)} free)`,
    ],
  ];
  // Beside a process its memory counts; without one there is none but that of this look.
  if (isRunning) {
    rows.push(['Memory', `${size(status.rss_bytes)} (limit ${size(status.memoryLimit_bytes)})`]);
  }
  for (const one of status.collections) {
    const { name, documents, crawl, segments } = one;
    // What a crawl under way has done is counted when it goes on.
    const isHalted = crawl.state === 'running' && !isRunning;
    const crawled = isHalted
      ? 'stopped before its end: the same command goes on from there, and so does serve'
      : `${crawl.state}, ${count(crawl.fetched)} fetched, ${count(crawl.queued)} queued, ${count(crawl.failed)} failed`;
    rows.push([
      `Collection ${name}`,
      `${counted(documents, 'document', 'documents')} in ${counted(segments, 'segment', 'segments')}; crawl ${crawled}`,
    ]);
    if (one.damagedSegments > 0) {
      const damaged = counted(one.damagedSegments, 'segment', 'segments');
      rows.push([
        `Index of ${name}`,
        `${damaged} damaged, searches may miss pages: peregrine rebuild --repair --collection ${name}`,
      ]);
    }
    if (one.isRebuildUnfinished) {
      rows.push([
        `Index of ${name}`,
        isRunning
          ? 'a rebuild is under way, or goes on at the next start'
          : `a rebuild was stopped before its end; it goes on with: peregrine rebuild --collection ${name}`,
      ]);
    }
  }
  status.shards.forEach((shard, n) => {
    if (shard.readOnly !== undefined) rows.push([`Shard ${n}`, `takes no writes: ${shard.readOnly}`]);
    for (const damage of shard.recovery.damage)
      rows.push([`Shard ${n}`, `damage: ${JSON.stringify(damage)}`]);
  });
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) terminal.out(`${name.padEnd(width)}  ${value}`);
}
