/** A terminal for tests of commands: keeps what is printed, feeds input, and sends signals when told. */

import { Readable } from 'node:stream';

import { PeregrineError } from '../src/base/index.ts';
import { run, type Terminal } from '../src/cli/index.ts';
import type { Engine } from '../src/collection/index.ts';

type SignalName = 'SIGINT' | 'SIGTERM';

export class CaptiveTerminal implements Terminal {
  readonly input: Readable;
  readonly isInteractive = false;
  readonly hasColour = false;
  readonly env: Readonly<Record<string, string | undefined>> = {};
  /** Exit code of a process that was ended at once. */
  abandonedWith: number | undefined;
  /** Options with which engines were opened. */
  readonly opened: unknown[] = [];
  #out = '';
  #err = '';
  readonly #reactions = new Set<(name: SignalName) => void>();
  readonly #engine: Engine | 'locked';
  #waiting: (() => void)[] = [];

  constructor(engine: Engine | 'locked', input = '') {
    this.#engine = engine;
    this.input = Readable.from(input === '' ? [] : [Buffer.from(input)]);
  }

  get printed(): string {
    return this.#out;
  }

  get told(): string {
    return this.#err;
  }

  /** Runs a command line; returns its exit code. */
  async run(...words: string[]): Promise<number> {
    return run(words, this);
  }

  out(text: string): void {
    this.#out += `${text}\n`;
    this.#wake();
  }

  err(text: string): void {
    this.#err += `${text}\n`;
    this.#wake();
  }

  onSignal(react: (name: SignalName) => void): () => void {
    this.#reactions.add(react);
    return () => this.#reactions.delete(react);
  }

  send(name: SignalName): void {
    for (const react of this.#reactions) react(name);
  }

  get listeners(): number {
    return this.#reactions.size;
  }

  abandon(code: number): void {
    this.abandonedWith = code;
  }

  async openEngine(options: object): Promise<Engine> {
    this.opened.push(options);
    if (this.#engine === 'locked') throw new PeregrineError('LOCKED', 'Another process holds the directory.');
    return this.#engine;
  }

  /** Resolves with the first match of `pattern` in what was printed or told. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#out + this.#err);
      if (match !== null) return match;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
