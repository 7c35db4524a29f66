/** A task on the files as it goes on: a bar on a screen, JSON lines where those are wanted, else silence until it is done. */

import type { SingleBar } from 'cli-progress';

import type { StoreEvent, StoreTaskResult } from '../collection/index.ts';
import { progressBar } from './progress-bar.ts';
import type { SharedOptions } from './shared-options.ts';
import type { Terminal } from './terminal.ts';

export class TaskView {
  readonly #terminal: Terminal;
  readonly #isJson: boolean;
  readonly #bar: SingleBar | undefined;
  #isDrawn = false;

  private constructor(terminal: Terminal, isJson: boolean, bar: SingleBar | undefined) {
    this.#terminal = terminal;
    this.#isJson = isJson;
    this.#bar = bar;
  }

  static async open(terminal: Terminal, { json = false, quiet = false }: SharedOptions): Promise<TaskView> {
    const isDrawn = terminal.isInteractive && !json && !quiet;
    return new TaskView(
      terminal,
      json && !quiet,
      isDrawn ? await progressBar(' {bar} {percentage} % {what}') : undefined,
    );
  }

  show(event: StoreEvent): void {
    if (event.event === 'record') {
      const { event: _, ...record } = event;
      this.#terminal.out(JSON.stringify(record));
      return;
    }
    if (this.#isJson) this.#terminal.err(JSON.stringify(event));
    if (this.#bar === undefined) return;
    const total = Math.max(1, event.total_bytes);
    const words = { what: event.what };
    if (!this.#isDrawn) this.#bar.start(total, 0, words);
    this.#isDrawn = true;
    // The next shard or database has a length of its own.
    this.#bar.setTotal(total);
    this.#bar.update(Math.min(total, event.done_bytes), words);
  }

  end(result: StoreTaskResult, isJson: boolean): void {
    this.close();
    if (isJson) this.#terminal.out(JSON.stringify(result));
    else for (const sentence of result.sentences) this.#terminal.out(sentence);
  }

  close(): void {
    if (this.#isDrawn) this.#bar?.stop();
    this.#isDrawn = false;
  }
}
