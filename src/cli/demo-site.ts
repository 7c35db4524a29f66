/** The bundled demo site, which lies beside the sources (or beside what was emitted from them). */

export interface DemoSite {
  readonly origin: string;
  /** Links from its home page to its farthest real page: beyond lies only the endless calendar. */
  readonly depth: number;
  close(): Promise<void>;
}

/** How long the site's slow page makes its visitors wait: enough to be seen, too little to be a nuisance. */
const SLOW_MS = 500;

/** Serves the site on a free port of the loopback interface. */
export async function serveDemoSite(): Promise<DemoSite> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  // Loaded by its address: the demo is content that the command serves, not a floor that it stands on.
  const module = (await import(new URL(`../../demo/serve-demo.${extension}`, import.meta.url).href)) as {
    readonly DEMO_DEPTH: number;
    serveDemo(options: { slow_ms: number }): Promise<Omit<DemoSite, 'depth'>>;
  };
  const { origin, close } = await module.serveDemo({ slow_ms: SLOW_MS });
  return { origin, close, depth: module.DEMO_DEPTH };
}
