/** A browser without a way to the network, in a process of its own whose memory is watched; ended for good or bad. */

import { readdirSync, readFileSync } from 'node:fs';
import type { Browser, BrowserServer, BrowserType } from 'playwright-core';
import { PeregrineError } from '../base/index.ts';
import { findBrowser } from './find-browser.ts';

export interface BrowserProcessOptions {
  /** Default: the system's Chromium. */
  readonly executable?: string;
  /** All processes of the browser together, bytes resident; beyond it the browser ends. */
  readonly memory_bytes: number;
}

const WATCH_EVERY_MS = 250;
/** V8's heap in each of the browser's processes. */
const SCRIPT_HEAP_MB = 192;

export class BrowserProcess {
  readonly browser: Browser;
  readonly #server: BrowserServer;
  readonly #watch: NodeJS.Timeout;
  #isGone = false;
  #hasOverflown = false;

  private constructor(server: BrowserServer, browser: Browser, memory_bytes: number) {
    this.#server = server;
    this.browser = browser;
    server.on('close', () => {
      this.#isGone = true;
      clearInterval(this.#watch);
    });
    this.#watch = setInterval(() => {
      if (this.resident_bytes <= memory_bytes) return;
      this.#hasOverflown = true;
      void this.end();
    }, WATCH_EVERY_MS);
    this.#watch.unref();
  }

  /** `NOT_FOUND` where no browser is installed, or nothing to drive it. */
  static async start({ executable, memory_bytes }: BrowserProcessOptions): Promise<BrowserProcess> {
    const path = executable ?? findBrowser();
    if (path === undefined) throw notThere('no Chromium is installed');
    let chromium: BrowserType;
    try {
      // It is there only where somebody installed it.
      ({ chromium } = await import('playwright-core'));
    } catch (error) {
      throw notThere('the package playwright-core is not installed', error);
    }
    const server = await chromium.launchServer({
      executablePath: path,
      headless: true,
      // Root may not use the sandbox of Chromium; what a page could reach is cut off below.
      chromiumSandbox: process.getuid?.() !== 0,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      args: [
        // Whatever is not answered by us goes nowhere: no name resolves, and the proxy is nobody.
        '--host-resolver-rules=MAP * ~NOTFOUND',
        '--proxy-server=http://127.0.0.1:1',
        '--proxy-bypass-list=<-loopback>',
        '--disable-background-networking',
        '--disable-dev-shm-usage',
        '--disable-gpu',
        '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
        `--js-flags=--max-old-space-size=${SCRIPT_HEAP_MB}`,
      ],
    });
    const browser = await chromium.connect(server.wsEndpoint());
    return new BrowserProcess(server, browser, memory_bytes);
  }

  get isGone(): boolean {
    return this.#isGone || !this.browser.isConnected();
  }

  /** It ended because it took more memory than it may. */
  get hasOverflown(): boolean {
    return this.#hasOverflown;
  }

  /** Memory of all its processes; 0 where the system does not tell (it tells on Linux). */
  get resident_bytes(): number {
    const root = this.#server.process().pid;
    return process.platform === 'linux' && root !== undefined ? residentBelow(root) : 0;
  }

  async end(): Promise<void> {
    clearInterval(this.#watch);
    if (this.#isGone) return;
    this.#isGone = true;
    await this.#server.kill();
  }
}

/** Memory that a process and all that it started have for themselves: what they share would count for each. */
function residentBelow(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? statusOf(pid, 'PPid') : undefined;
    if (parent !== undefined) parents.set(pid, parent);
  }
  let sum = 0;
  for (const pid of parents.keys()) {
    let at: number | undefined = pid;
    while (at !== undefined && at !== root && at > 1) at = parents.get(at);
    if (at === root) sum += 1_024 * ((statusOf(pid, 'RssAnon') ?? 0) + (statusOf(pid, 'RssShmem') ?? 0));
  }
  return sum;
}

/** A number of /proc/PID/status; undefined where the process has just ended. */
function statusOf(pid: number, field: string): number | undefined {
  try {
    const found = new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}

function notThere(why: string, cause?: unknown): PeregrineError {
  return new PeregrineError('NOT_FOUND', `Pages can't be rendered: ${why}.`, {}, cause);
}
