/** Hosts as the crawler sees them: who leads which shard, and questions of one crawler to another. Layout: docs/formats/cluster.md. */

import { ByteWriter, PeregrineError, type ShardId } from '../base/index.ts';
import type { CrawlPeers, LedShard } from '../crawl/index.ts';
import { type HostLink, Service, type ServiceAnswer } from './host-link.ts';
import type { HeldMirror } from './held-mirror.ts';
import type { ShardDirectory } from './shard-directory.ts';
import type { HostId } from './shard-record.ts';

export interface HostPeersParts {
  readonly link: HostLink;
  readonly directory: ShardDirectory;
  /** This host's mirror of a shard, where it holds one. */
  readonly mirror: (shard: ShardId) => HeldMirror | undefined;
}

export class HostPeers implements CrawlPeers {
  readonly #parts: HostPeersParts;
  #answer: ((question: Uint8Array) => Promise<Uint8Array>) | undefined;

  constructor(parts: HostPeersParts) {
    this.#parts = parts;
  }

  get self(): HostId {
    return this.#parts.link.host;
  }

  led(shard: ShardId): LedShard | undefined {
    const mirror = this.#parts.mirror(shard);
    const leadership = mirror?.replica.leadership;
    return mirror === undefined || leadership === undefined
      ? undefined
      : { term: leadership.record.term, store: mirror.replicated };
  }

  leaderOf(shard: ShardId): HostId | undefined {
    return this.#parts.directory.get(shard)?.leader;
  }

  async ask(host: HostId, question: Uint8Array, timeout_ms: number): Promise<Uint8Array> {
    const body = new ByteWriter(question.length + 8).blob(question).finish();
    return (await this.#parts.link.ask(host, Service.crawl, body, timeout_ms)).blob();
  }

  serve(answer: (question: Uint8Array) => Promise<Uint8Array>): void {
    this.#answer = answer;
  }

  /** What other hosts' crawlers ask this one. */
  services(): { readonly [Service.crawl]: ServiceAnswer } {
    return {
      [Service.crawl]: async (body) => {
        if (this.#answer === undefined) throw new PeregrineError('UNAVAILABLE', 'This host is being opened.');
        const answer = await this.#answer(body.blob());
        return new ByteWriter(answer.length + 8).blob(answer).finish();
      },
    };
  }
}
