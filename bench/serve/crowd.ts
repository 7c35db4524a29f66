/** Many clients at once, each with a connection of its own, who wait as they are told to when they are refused. */

import { Agent, request } from 'undici';

export interface CrowdResult {
  readonly answered: number;
  /** 429 or 503 with `Retry-After`. */
  readonly refused: number;
  /** Anything else that was no answer. */
  readonly errors: number;
  readonly latencies_ms: readonly number[];
  readonly firstError: string | undefined;
}

export async function crowd(
  origin: string,
  { clients, duration_ms, path }: { clients: number; duration_ms: number; path: () => string },
): Promise<CrowdResult> {
  const agent = new Agent({ connections: clients, pipelining: 1 });
  const end_ms = performance.now() + duration_ms;
  const latencies_ms: number[] = [];
  let refused = 0;
  let errors = 0;
  let firstError: string | undefined;
  const failed = (what: string): void => {
    errors += 1;
    firstError ??= what;
  };
  const client = async (): Promise<void> => {
    while (performance.now() < end_ms) {
      const start_ms = performance.now();
      let wait_s = 0;
      try {
        const { statusCode, headers, body } = await request(`${origin}${path()}`, { dispatcher: agent });
        await body.dump({ limit: 10_000_000 });
        const retryAfter_s = Number(headers['retry-after']);
        if (statusCode === 200) latencies_ms.push(performance.now() - start_ms);
        else if ((statusCode === 429 || statusCode === 503) && retryAfter_s > 0) {
          refused += 1;
          wait_s = retryAfter_s;
        } else failed(`status ${statusCode}`);
      } catch (error) {
        failed(String(error));
      }
      // Nobody types the next query in no time.
      const pause_ms = wait_s > 0 ? wait_s * 1000 : 100;
      await new Promise((resolve) => setTimeout(resolve, pause_ms * (0.5 + Math.random())));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  await agent.close();
  return { answered: latencies_ms.length, refused, errors, latencies_ms, firstError };
}
