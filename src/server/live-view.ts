/** Server-sent events for the administration page: one status a second for all viewers, sent where it changed. */

import type { ServerResponse } from 'node:http';

import type { Engine, EngineStatus } from '../collection/index.ts';
import { LIVE_VIEWERS_MAX } from './limits.ts';
import type { Html } from './html.ts';

export interface Viewer {
  readonly response: ServerResponse;
  readonly collection: string;
  /** The living part of the page that is looked at, and the page's title. */
  readonly render: (status: EngineStatus) => Promise<{ readonly markup: Html; readonly title: string }>;
  /** False once the administrator has signed out. */
  readonly isAllowed: () => boolean;
}

/** A viewer that reads so slowly that this much waits for it is cut off. */
const WAITING_BYTES_MAX = 1_048_576;

/** Rounds without a change after which a viewer hears something nevertheless. */
const SILENT_ROUNDS = 20;

export class LiveView {
  readonly #engine: Engine;
  readonly #interval_ms: number;
  /** Each viewer with what it was sent last, and how many rounds ago. */
  readonly #viewers = new Map<Viewer, { data: string; rounds: number }>();
  #timer: NodeJS.Timeout | undefined;
  #isUpdating = false;

  constructor(engine: Engine, interval_ms: number) {
    this.#engine = engine;
    this.#interval_ms = interval_ms;
  }

  get isFull(): boolean {
    return this.#viewers.size >= LIVE_VIEWERS_MAX;
  }

  add(viewer: Viewer): void {
    this.#viewers.set(viewer, { data: '', rounds: 0 });
    viewer.response.on('close', () => this.#drop(viewer));
    // Sends the headers at once, and tells the browser when to come back after a break.
    viewer.response.write('retry: 3000\n\n');
    this.#timer ??= setInterval(() => void this.#update(), this.#interval_ms).unref();
    void this.#update();
  }

  close(): void {
    for (const viewer of this.#viewers.keys()) this.#drop(viewer);
  }

  async #update(): Promise<void> {
    if (this.#isUpdating) return;
    this.#isUpdating = true;
    try {
      const status = await this.#engine.status();
      for (const [viewer, sent] of this.#viewers) {
        if (!viewer.isAllowed() || viewer.response.writableLength > WAITING_BYTES_MAX) {
          this.#drop(viewer);
          continue;
        }
        const summary = status.collections.find(({ name }) => name === viewer.collection);
        if (summary === undefined) {
          this.#drop(viewer);
          continue;
        }
        const { markup, title } = await viewer.render(status);
        const data = JSON.stringify({ markup: markup.toString(), title });
        sent.rounds += 1;
        if (data !== sent.data) viewer.response.write(`event: overview\ndata: ${data}\n\n`);
        // A word now and then, so that nobody on the way takes the connection for dead.
        else if (sent.rounds >= SILENT_ROUNDS) viewer.response.write(': still here\n\n');
        else continue;
        sent.data = data;
        sent.rounds = 0;
      }
    } catch {
      // The engine is closing: so is the view.
      this.close();
    } finally {
      this.#isUpdating = false;
    }
  }

  #drop(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    viewer.response.end();
    if (this.#viewers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
