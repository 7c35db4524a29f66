/** `peregrine doctor`: is this machine fit, is the data directory well, and what to do where not. */

import type { Command } from 'commander';

import { examine, type Finding } from '../doctor.ts';
import type { ServeOptions } from '../engine-serving.ts';
import { addServeOptions } from './serve-command.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

export function doctorCommand(
  command: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): Command {
  addSharedOptions(command).description(
    'Look at machine, limits, ports and data directory, and say what to do.',
  );
  return addServeOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  peregrine doctor\n  peregrine doctor --data-dir /var/lib/peregrine --port 80',
    )
    .action(async (options: SharedOptions & ServeOptions) => {
      const { dataDir, memory, host, port } = options;
      const findings = await examine({ dataDir, memory_bytes: memory, host, port });
      if (options.json === true) terminal.out(JSON.stringify(findings, null, 2));
      else for (const finding of findings) terminal.out(lineOf(terminal, finding));
      if (findings.some(({ state }) => state === 'bad')) setExitCode(1);
    });
}

const SIGNS: Readonly<Record<Finding['state'], readonly [sign: string, colour: string]>> = {
  good: ['✓', '32'],
  doubtful: ['!', '33'],
  bad: ['✗', '31'],
};

function lineOf(terminal: Terminal, { state, name, says, remedy }: Finding): string {
  const [sign, colour] = SIGNS[state];
  const shown = terminal.hasColour ? `\u001B[${colour}m${sign}\u001B[0m` : sign;
  return `${shown} ${name.padEnd(15)} ${says}${remedy === undefined ? '' : `\n  ${' '.repeat(15)} → ${remedy}`}`;
}
