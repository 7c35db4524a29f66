/** What a command sees of the world that it was called from: a seam, so that tests can call commands in their process. */

import type { Readable } from 'node:stream';

import type { Engine, EngineOptions } from '../collection/index.ts';

export interface Terminal {
  /** Results: what a pipe should get. */
  out(text: string): void;
  /** Progress, hints and errors. */
  err(text: string): void;
  readonly input: Readable;
  /** Both streams go to a person's screen: progress may be drawn, colours may be used. */
  readonly isInteractive: boolean;
  readonly hasColour: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back at each SIGINT and SIGTERM until the returned function is called. */
  onSignal(react: (name: 'SIGINT' | 'SIGTERM') => void): () => void;
  /** Ends the process at once: for a second signal. */
  abandon(code: number): void;
  openEngine(options: EngineOptions): Promise<Engine>;
}

export function systemTerminal(): Terminal {
  const { stdout, stderr } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader (`head`, say) has seen enough.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const isInteractive = stdout.isTTY && stderr.isTTY;
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    input: process.stdin,
    isInteractive,
    hasColour: stdout.isTTY && stdout.hasColors() && (process.env['NO_COLOR'] ?? '') === '',
    env: process.env,
    onSignal: (react) => {
      process.on('SIGINT', react);
      process.on('SIGTERM', react);
      return () => {
        process.off('SIGINT', react);
        process.off('SIGTERM', react);
      };
    },
    abandon: (code) => process.exit(code),
    openEngine: async (options) => (await import('../collection/index.ts')).openEngine(options),
  };
}
