/** How settings that change while the program runs came to be: those of a collection, and, in a cluster, which hosts are to be drained. */

import type { CollectionName, SettingChange } from '../collection/index.ts';
import type { ServerContext } from './server-context.ts';

/** The newest first. */
export async function settingChanges(
  { cluster, engine }: Pick<ServerContext, 'cluster' | 'engine'>,
  collection: CollectionName,
): Promise<readonly SettingChange[]> {
  const changes = [...(await engine.settingChanges(collection)), ...(cluster?.changes() ?? [])];
  return changes.sort((a, b) => b.at_ms - a.at_ms);
}
