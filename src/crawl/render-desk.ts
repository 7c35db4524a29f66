/**
 * Renders pages of a crawl that need it, and gives their scripts what they ask for as politely as pages are fetched: by
 * robots.txt, in turn, through the same guard, each resource once.
 */

import { hash64, messageOf } from '../base/index.ts';
import type { BuiltDocument } from '../document/index.ts';
import { type AsideContext, fetchAside } from './aside-fetch.ts';
import type { FetchResponse } from './fetcher.ts';
import { isStorageFailure } from './page-conclusion.ts';
import { isCancelled } from './permits.ts';
import { RenderPolicy } from './render-policy.ts';
import type { RenderResource } from './renderer.ts';

const MAX_RESOURCE_BYTES = 5 * 1024 * 1024;
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
const MAX_REDIRECTS = 3;
/** Data may be another the next minute; scripts and style sheets seldom are. */
const KEPT_TYPES = /javascript|css/i;

/** A page as its scripts leave it. */
export interface RenderedDocument {
  readonly built: BuiltDocument;
  readonly bodyHash: bigint;
}

export class RenderDesk {
  readonly #context: AsideContext;
  readonly #policy = new RenderPolicy();
  readonly #kept = new Map<string, RenderResource>();
  #kept_bytes = 0;

  constructor(context: AsideContext) {
    this.#context = context;
  }

  /** The rendered page where it says more than `built`, else undefined. A rendering that fails costs nothing but itself. */
  async render(
    response: FetchResponse,
    depth: number,
    built: BuiltDocument,
  ): Promise<RenderedDocument | undefined> {
    const { services, job, killSignal } = this.#context;
    const { url, bytes, headers } = response;
    if (job().settings.render !== 'auto' || built.robots.noindex) return undefined;
    if (!this.#policy.wants(url, bytes, built)) return undefined;
    let rendered: BuiltDocument | undefined;
    let bodyHash = 0n;
    try {
      const { html } = await services.renderer.render({
        url,
        page: response,
        provide: (resource) => this.#provide(resource),
        signal: killSignal,
      });
      const whole = new TextEncoder().encode(html);
      bodyHash = hash64(whole);
      rendered = await services.sink.build({
        url,
        bytes: whole,
        headers: { ...headers, 'content-type': 'text/html; charset=utf-8' },
        status: response.status,
        fetchedAt_ms: services.clock.now(),
        depth,
        ip: response.ip,
      });
    } catch (error) {
      if (isStorageFailure(error) || isCancelled(error)) throw error;
      services.log.write('warn', 'crawl.render-failed', { url, error: messageOf(error) });
    }
    const isRicher = this.#policy.learn(url, built, rendered);
    return isRicher && rendered !== undefined ? { built: rendered, bodyHash } : undefined;
  }

  async #provide(first: string): Promise<RenderResource | undefined> {
    let url = first.split('#', 1)[0] ?? '';
    const kept = this.#kept.get(url);
    if (kept !== undefined) return kept;
    try {
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        if (!(await this.#mayFetch(url))) return undefined;
        const limits = { max_bytes: MAX_RESOURCE_BYTES, overflow: 'refuse' } as const;
        const response = await fetchAside(this.#context, url, limits);
        if (response.redirectTo === undefined) return this.#keep(first, response);
        if (!/^https?:/.test(response.redirectTo)) return undefined;
        url = response.redirectTo;
      }
    } catch (error) {
      if (isCancelled(error)) throw error;
    }
    return undefined;
  }

  async #mayFetch(url: string): Promise<boolean> {
    const { services, job } = this.#context;
    const access = job().settings.allowPrivate ? 'open' : 'guarded';
    const answer = await services.robots.answerFor(url, access, (robotsUrl) =>
      fetchAside(this.#context, robotsUrl, { max_bytes: MAX_RESOURCE_BYTES, overflow: 'cut' }),
    );
    return answer.kind === 'rules' && answer.robots.decide(url, services.agent).allowed;
  }

  #keep(url: string, { status, headers, bytes }: FetchResponse): RenderResource {
    const resource = { status, headers, bytes };
    if (status !== 200 || !KEPT_TYPES.test(headers['content-type'] ?? '')) return resource;
    if (this.#kept_bytes + bytes.length > MAX_KEPT_BYTES) {
      this.#kept.clear();
      this.#kept_bytes = 0;
    }
    this.#kept.set(url, resource);
    this.#kept_bytes += bytes.length;
    return resource;
  }
}
