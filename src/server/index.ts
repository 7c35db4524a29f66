/** The door of `server`. */

export {
  ADMIN_KEY_FILE,
  type AdminKey,
  CONTROL_KEY_FILE,
  keyCheck,
  type KeyCheck,
  newKey,
  openAdminKey,
  withdrawAdminKey,
} from './admin-key.ts';
export { deriveKey } from './derived-key.ts';
export { ACTIONS, type Action, type Grant } from './grants.ts';
export { type KeyEntry, KeyRing } from './key-ring.ts';
export { createServer, listen, type ListenOptions, type ServerOptions } from './create-server.ts';
export type { ClusterSeat } from './cluster-seat.ts';
export type { TlsCredentials } from './load-shedding.ts';
export type { ControlClient } from './control-client.ts';
export { connectToEngine, loadMcp } from './loaded-later.ts';

export {
  CONTROL_SOCKET,
  type ControlSocket,
  type ControlSocketOptions,
  openControlSocket,
} from './control-socket.ts';
export type { EngineCalls } from './engine-calls.ts';
export { readPage, type ReadablePage } from './page-markdown.ts';
export { searchRulesBody } from './search-rules-schema.ts';
export { searchJson } from './search-json.ts';
export {
  addressTrail,
  age,
  count,
  counted,
  date,
  diskUse,
  duration,
  outcomesCounted,
  safeAddress,
  size,
  withoutControls,
} from './wording.ts';
