/** The bar of long work on a person's screen. */

import type { SingleBar } from 'cli-progress';

/** `format`: as cli-progress has it, `{bar}` and names of values. The package is loaded where a bar is drawn. */
export async function progressBar(format: string): Promise<SingleBar> {
  const { SingleBar: Bar } = await import('cli-progress');
  return new Bar({
    format,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    barsize: 28,
    fps: 5,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
  });
}
