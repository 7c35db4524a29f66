/**
 * What a page is once its scripts have run. The browser has no network of its own: every request that a page makes is
 * answered by whoever asked for the page, so that the guard of addresses, robots.txt and the gaps hold for it too.
 */

/** A resource as a page is given it; undefined refuses it. */
export type ProvideResource = (url: string) => Promise<RenderResource | undefined>;

export interface RenderResource {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

export interface RenderRequest {
  readonly url: string;
  /** The page as it was fetched: it is not asked for again. */
  readonly page: RenderResource;
  /** Scripts, style sheets and data that the page asks for. */
  readonly provide: ProvideResource;
  readonly signal?: AbortSignal;
}

export interface RenderedPage {
  /** The page's elements as HTML. */
  readonly html: string;
  /** Resources given. */
  readonly resources: number;
}

/** Rejects with `PARSE_FAILED`, `PARSE_TIMEOUT`, `OUT_OF_MEMORY`, `NOT_FOUND` (no browser), or `CANCELLED`. */
export interface Renderer {
  render(request: RenderRequest): Promise<RenderedPage>;
  close(): Promise<void>;
}
