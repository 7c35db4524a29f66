/** The commands put together, and how they end. */

import { Command, CommanderError } from 'commander';

import { isPeregrineError, messageOf, programVersion } from '../base/index.ts';
import { bundleCommand } from './commands/bundle-command.ts';
import { applyConfig } from './config-file.ts';
import { clusterCommand } from './commands/cluster-command.ts';
import { configCommand } from './commands/config-command.ts';
import { crawlCommand } from './commands/crawl-command.ts';
import { demoCommand } from './commands/demo-command.ts';
import { doctorCommand } from './commands/doctor-command.ts';
import { exportCommand } from './commands/export-command.ts';
import { explainCommand, whyNotCommand } from './commands/explain-command.ts';
import { forgetCommand } from './commands/forget-command.ts';
import { reindexCommand, removeCommand } from './commands/found-command.ts';
import { importCommand } from './commands/import-command.ts';
import { injectCommand } from './commands/inject-command.ts';
import { keyCommand } from './commands/key-command.ts';
import { keysCommand } from './commands/keys-command.ts';
import { labCommand } from './commands/lab-command.ts';
import { mcpCommand } from './commands/mcp-command.ts';
import { recordsCommand } from './commands/records-command.ts';
import { rebuildCommand } from './commands/rebuild-command.ts';
import { moveCommand } from './commands/move-command.ts';
import { parseCommand } from './commands/parse-command.ts';
import { rulesCommand } from './commands/rules-command.ts';
import { searchCommand } from './commands/search-command.ts';
import { serveCommand } from './commands/serve-command.ts';
import { snapshotCommand } from './commands/snapshot-command.ts';
import { statusCommand } from './commands/status-command.ts';
import { storeCommand } from './commands/store-command.ts';
import { upgradeCommand } from './commands/upgrade-command.ts';
import { EXIT_OK, EXIT_USAGE, exitCodeOf } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line (without the program's name). Returns the exit code; never throws, never exits. */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = EXIT_OK;
  const program = programOf(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (caught) {
    const { wordsForSystemError } = await import('../disk/index.ts');
    const error = wordsForSystemError(caught);
    // Help and version end this way too, with code 0; Commander has printed what there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    terminal.err(`peregrine: ${messageOf(error)}`);
    if (!isPeregrineError(error) && error instanceof Error && terminal.env['PEREGRINE_STACKS'] === '1') {
      terminal.err(error.stack ?? '');
    }
    return exitCodeOf(error);
  }
}

/** All commands, for who wants to look at them. */
export function programOf(
  terminal: Terminal,
  setExitCode: (code: number) => void = () => undefined,
): Command {
  const program = new Command('peregrine')
    .description(
      'A web search engine in one package: crawls, understands, stores, indexes, ranks and serves.',
    )
    .version(programVersion())
    // Options behind the name of a command are its own, also where the command above it has the like.
    .enablePositionalOptions()
    .showHelpAfterError('(peregrine --help shows what can be done)')
    .addHelpText(
      'after',
      `
Examples:
  peregrine demo                                       see it work on a bundled site
  peregrine crawl https://docs.example.org/ --serve    make a site searchable
  peregrine search "how do I install it"               ask on the command line
  peregrine serve                                      pages and API on http://127.0.0.1:8080/

Everything is kept in ./peregrine-data, or where --data-dir or $PEREGRINE_DATA_DIR says.
Exit codes: 0 done, 1 failed, 2 asked wrongly, 3 the data directory is in use,
4 the files are damaged, 130 interrupted.`,
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'peregrine: ')),
    });
  // Made from the program, so that they end and print as it does.
  demoCommand(program.command('demo'), terminal);
  crawlCommand(program.command('crawl'), terminal, setExitCode);
  serveCommand(program.command('serve'), terminal);
  searchCommand(program.command('search'), terminal);
  explainCommand(program.command('explain'), terminal);
  whyNotCommand(program.command('why-not'), terminal);
  labCommand(program.command('lab'), terminal);
  injectCommand(program.command('inject'), terminal);
  importCommand(program.command('import'), terminal, setExitCode);
  exportCommand(program.command('export'), terminal);
  bundleCommand(program.command('bundle'), terminal);
  parseCommand(program.command('parse'), terminal);
  removeCommand(program.command('remove'), terminal);
  forgetCommand(program.command('forget'), terminal);
  statusCommand(program.command('status'), terminal);
  recordsCommand(program.command('records'), terminal);
  rulesCommand(program.command('rules'), terminal);
  reindexCommand(program.command('reindex'), terminal);
  rebuildCommand(program.command('rebuild'), terminal, setExitCode);
  snapshotCommand(program.command('snapshot'), terminal);
  moveCommand(program.command('move'), terminal);
  storeCommand(program.command('store'), terminal, setExitCode);
  upgradeCommand(program.command('upgrade'), terminal, setExitCode);
  clusterCommand(program.command('cluster'), terminal, setExitCode);
  keyCommand(program.command('key'), terminal);
  keysCommand(program.command('keys'), terminal);
  mcpCommand(program.command('mcp'), terminal);
  configCommand(program.command('config'), terminal);
  doctorCommand(program.command('doctor'), terminal, setExitCode);
  program.hook('preAction', (_program, command) => applyConfig(command));
  for (const command of program.commands) {
    command.showHelpAfterError(`(peregrine ${command.name()} --help shows how it is used)`);
  }
  return program;
}
