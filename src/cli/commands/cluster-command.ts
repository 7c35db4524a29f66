/** `peregrine cluster`: who holds what, and hosts taken away and let back; asked of the host that runs in a data directory. */

import { resolve } from 'node:path';

import { type Command, Option } from 'commander';

import { PeregrineError } from '../../base/index.ts';
import type { ClusterStanding, MirrorComparison, MirrorState } from '../../cluster/index.ts';
import type { ControlClient } from '../../server/index.ts';
import { EXIT_DAMAGED } from '../exit-codes.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

/** Between looks at a host that hands on its shards. */
const LOOK_MS = 500;

const SIGNS: Readonly<Record<MirrorState, string>> = {
  leading: 'LEADS',
  'in-sync': 'in sync',
  behind: 'behind',
  copying: 'copying',
  silent: 'silent',
};

export function clusterCommand(
  command: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): Command {
  command
    .description('The cluster that a running host is part of: who holds what; hosts drained and let back.')
    .addHelpText(
      'after',
      `
Run it on any host of the cluster, with the data directory of that host.

Examples:
  peregrine cluster status
  peregrine cluster drain north --wait     returns when host north holds nothing and can be stopped
  peregrine cluster undrain north
  peregrine cluster compare                whether all mirrors hold the same`,
    )
    .helpCommand(false);

  addSharedOptions(command.command('status'))
    .description('Show hosts and shards as this host sees them.')
    .action(async (options: SharedOptions) => {
      const standing = await withHost(options, standingOf);
      if (options.json === true) terminal.out(JSON.stringify(standing, null, 2));
      else for (const line of picture(standing)) terminal.out(line);
    });

  addSharedOptions(command.command('drain'))
    .description('Have a host hand on all its shards, while searches, writes and crawls go on.')
    .argument('<host>', 'its name')
    .addOption(new Option('--wait', 'return when it holds none'))
    .action(async (host: string, options: SharedOptions & { readonly wait?: boolean }) => {
      await withHost(options, async (client) => {
        await client.drainHost(host, true);
        if (options.wait === true) await drained(terminal, client, host);
      });
      terminal.out(
        options.wait === true ? `${host} holds nothing and can be stopped.` : `${host} hands on its shards.`,
      );
    });

  addSharedOptions(command.command('undrain'))
    .description('Let a host hold shards again.')
    .argument('<host>', 'its name')
    .action(async (host: string, options: SharedOptions) => {
      await withHost(options, async (client) => client.drainHost(host, false));
      terminal.out(`${host} may hold shards again.`);
    });

  addSharedOptions(command.command('compare'))
    .description('Compare the mirrors of every shard, record by record. Exit code 4 where some differ.')
    .action(async (options: SharedOptions) => {
      const found = await withHost(options, async (client) => client.compareMirrors());
      if (options.json === true) terminal.out(JSON.stringify(found, null, 2));
      else for (const line of aligned(found.map(comparisonRow))) terminal.out(line);
      if (found.some(({ differences }) => differences.length > 0)) setExitCode(EXIT_DAMAGED);
    });
  return command;
}

function comparisonRow({ shard, hosts, records, differences, unsettled }: MirrorComparison): string[] {
  const ranges = differences.map(
    ({ host, database, first }) => `${host} differs in ${database} from ${first}`,
  );
  return [
    `shard ${shard}`,
    hosts.join(' = '),
    `${records} records`,
    ranges.length > 0
      ? ranges.join('; ')
      : unsettled > 0
        ? `alike, ${unsettled} ranges kept changing`
        : 'alike',
  ];
}

async function withHost<T>(options: SharedOptions, work: (client: ControlClient) => Promise<T>): Promise<T> {
  const { connectToEngine } = await import('../../server/index.ts');
  const client = await connectToEngine(resolve(options.dataDir));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function standingOf(client: ControlClient): Promise<ClusterStanding> {
  const standing = await client.clusterStanding();
  if (standing !== undefined) return standing;
  throw new PeregrineError(
    'NOT_FOUND',
    'The process that runs there is no host of a cluster. Serve with --cluster to make one.',
  );
}

async function drained(terminal: Terminal, client: ControlClient, host: string): Promise<void> {
  for (let told = -1; ;) {
    const { hosts } = await standingOf(client);
    const holds = hosts.find((one) => one.host === host)?.holds ?? 0;
    if (holds === 0) return;
    if (holds !== told) terminal.err(`${host} still holds ${holds} ${holds === 1 ? 'shard' : 'shards'}`);
    told = holds;
    await new Promise((resolved) => setTimeout(resolved, LOOK_MS));
  }
}

/** A table of hosts, then one of shards: who holds which, and how far each mirror is. */
function picture({ host, hosts, shards }: ClusterStanding): string[] {
  const hostRows = hosts.map((one) => [
    one.host === host ? `${one.host} (this)` : one.host,
    one.isAlive ? 'alive' : 'SILENT',
    one.isDraining ? 'draining' : '',
    `holds ${one.holds}`,
    `leads ${one.leads}`,
    `${(one.free_bytes / 1024 ** 3).toFixed(1)} GB free`,
  ]);
  const shardRows = shards.map(({ shard, mirrors, reason }) => [
    `shard ${shard}`,
    ...mirrors.map((mirror) => `${mirror.host}: ${SIGNS[mirror.state]} ${mirror.entry ?? ''}`.trimEnd()),
    reason,
  ]);
  return [...aligned(hostRows), '', ...aligned(shardRows)];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, n) =>
    Math.max(...rows.map((row) => row[n]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
