/** How far a transfer is: a line that is drawn again on a screen, a line every few seconds elsewhere. */

import { progressBar } from './progress-bar.ts';
import type { Terminal } from './terminal.ts';

/** Time between two plain lines, ms. */
const LINE_MS = 5_000;

export interface TransferView {
  show(sentence: string): void;
  end(): void;
}

export async function transferView(terminal: Terminal, isQuiet: boolean): Promise<TransferView> {
  if (isQuiet) return { show: () => undefined, end: () => undefined };
  return terminal.isInteractive ? drawnView() : plainView(terminal);
}

function plainView(terminal: Terminal): TransferView {
  let next_ms = performance.now() + LINE_MS;
  return {
    show: (sentence) => {
      if (performance.now() < next_ms) return;
      next_ms = performance.now() + LINE_MS;
      terminal.err(sentence);
    },
    end: () => undefined,
  };
}

/** Drawn from the first that is heard on: short work leaves no trace. */
async function drawnView(): Promise<TransferView> {
  const line = await progressBar(' {sentence}');
  let isDrawn = false;
  return {
    show: (sentence) => {
      if (isDrawn) line.update(0, { sentence });
      else line.start(1, 0, { sentence });
      isDrawn = true;
    },
    end: () => {
      if (isDrawn) line.stop();
      isDrawn = false;
    },
  };
}
