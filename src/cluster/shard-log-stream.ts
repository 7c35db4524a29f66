/** The stream of a shard's log: made with a mark of nobody, so that even the first leader writes behind something. */

import { encodeLogMessage } from './log-message.ts';
import type { Spine, StreamState } from './spine.ts';

/** Anything of that name goes first. */
export async function createLog(spine: Spine, name: string): Promise<StreamState> {
  await spine.removeStream(name);
  const state = await spine.createStream(name);
  await spine.stream(name).publish(encodeLogMessage({ kind: 'mark', term: 0, base: 0 }), 0);
  return { ...state, lastPlace: 1 };
}
