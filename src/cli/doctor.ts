/** What the doctor looks at: each finding says how it is, and where it is not well, what to do. */

import {
  access,
  constants,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  rmdir,
  stat,
  statfs,
} from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';

import { isPeregrineError, machineMemory_bytes, messageOf } from '../base/index.ts';
import { wordsForSystemError } from '../disk/index.ts';

export interface Finding {
  readonly name: string;
  readonly state: 'good' | 'doubtful' | 'bad';
  readonly says: string;
  /** What to do; undefined where nothing needs to be done. */
  readonly remedy?: string | undefined;
}

export interface DoctorQuestions {
  readonly dataDir: string;
  readonly memory_bytes?: number | undefined;
  readonly host: string;
  readonly port: number;
}

const MB = 1024 ** 2;
const GB = 1024 ** 3;
const LEAST_NODE = 24;
const LEAST_FREE_BYTES = 2 * GB;
const LEAST_FILES = 4_096;
const LEAST_MEMORY_BYTES = 384 * MB;
/** No release of this program is older: a clock before it is wrong. */
const EARLIEST_MS: number = Date.UTC(2025, 0, 1);

/** Looks at everything; opens nothing that another process holds, and leaves nothing behind. */
export async function examine(questions: DoctorQuestions): Promise<readonly Finding[]> {
  const directory = resolve(questions.dataDir);
  return [
    runtime(),
    memory(questions.memory_bytes),
    await openFiles(),
    clock(),
    await dataDirectory(directory),
    await freeDisk(directory),
    await syncing(directory),
    await secrets(directory),
    await lock(directory),
    await port(questions),
  ];
}

function runtime(): Finding {
  const version = process.versions.node;
  const says = `Node.js ${version} on ${process.platform} ${process.arch}`;
  if (Number(version.split('.', 1)[0]) >= LEAST_NODE) return { name: 'runtime', state: 'good', says };
  return { name: 'runtime', state: 'bad', says, remedy: `Install Node.js ${LEAST_NODE} or later.` };
}

function memory(wanted_bytes: number | undefined): Finding {
  const allowed = machineMemory_bytes();
  const says = `${whole(allowed / MB)} MB for this process${wanted_bytes === undefined ? '' : `, --memory ${whole(wanted_bytes / MB)} MB`}`;
  if (wanted_bytes !== undefined && wanted_bytes > allowed * 0.9) {
    return {
      name: 'memory',
      state: 'doubtful',
      says,
      remedy: 'Leave a tenth to the system: take a smaller --memory.',
    };
  }
  if (allowed >= LEAST_MEMORY_BYTES) return { name: 'memory', state: 'good', says };
  return {
    name: 'memory',
    state: 'doubtful',
    says,
    remedy: 'Give it 512 MB; below 384 MB large pages fail to parse.',
  };
}

async function openFiles(): Promise<Finding> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  if (soft === undefined)
    return { name: 'open files', state: 'good', says: 'not limited, or not told by this system' };
  const says = `${soft} at once`;
  if (Number(soft) >= LEAST_FILES) return { name: 'open files', state: 'good', says };
  return {
    name: 'open files',
    state: 'doubtful',
    says,
    remedy: `Raise it for many connections: ulimit -n ${LEAST_FILES}, or LimitNOFILE= in the unit.`,
  };
}

function clock(): Finding {
  const now = new Date();
  const says = `${now.toISOString().slice(0, 19)} UTC`;
  if (now.getTime() >= EARLIEST_MS) return { name: 'clock', state: 'good', says };
  return {
    name: 'clock',
    state: 'bad',
    says,
    remedy: 'Set the clock: crawl times and keys that expire go by it.',
  };
}

async function dataDirectory(directory: string): Promise<Finding> {
  const name = 'data directory';
  try {
    const found = await stat(directory);
    if (!found.isDirectory())
      return {
        name,
        state: 'bad',
        says: `${directory} is a file`,
        remedy: 'Name another one with --data-dir.',
      };
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const isOpen = (found.mode & 0o007) !== 0;
    return {
      name,
      state: isOpen ? 'doubtful' : 'good',
      says: `${directory}${isOpen ? ', which other users of this machine may read' : ''}`,
      remedy: isOpen ? `Keep it to yourself: chmod o-rwx ${directory}` : undefined,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      return {
        name,
        state: 'bad',
        says: messageOf(wordsForSystemError(error)),
        remedy: hasCode(error, 'ENOTDIR')
          ? 'Name a folder with --data-dir.'
          : hasCode(error, 'EROFS')
            ? 'Mount it for writing; to search what is there as it is: --read-only on'
            : `Give this user the folder: chown -R $(id -un) ${directory}`,
      };
    }
  }
  try {
    // Made and taken away again: what permissions say is not what file systems as /proc do.
    await rmdir(await mkdtemp(join(await nearestFolder(directory), '.peregrine-doctor-')));
    return { name, state: 'good', says: `${directory} is not there yet and can be made` };
  } catch (error) {
    return {
      name,
      state: 'bad',
      says: `${directory} can't be made: ${messageOf(wordsForSystemError(error))}`,
      remedy: 'Make it and give it to this user, or choose another with --data-dir.',
    };
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function freeDisk(directory: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearestFolder(directory));
  const free = bavail * bsize;
  const says = `${(free / GB).toFixed(1)} GB free`;
  if (free >= LEAST_FREE_BYTES) return { name: 'disk', state: 'good', says };
  return {
    name: 'disk',
    state: free < GB / 4 ? 'bad' : 'doubtful',
    says,
    remedy: 'Make room: merges write anew before they let go of what is old.',
  };
}

/** Whether what is synced can be: some network file systems refuse. */
async function syncing(directory: string): Promise<Finding> {
  const name = 'durability';
  const folder = await nearestFolder(directory);
  try {
    const scratch = await mkdtemp(join(folder, '.peregrine-doctor-'));
    try {
      const began_ms = performance.now();
      const file = await open(join(scratch, 'file'), 'w');
      await file.write('durable?');
      await file.datasync();
      await file.close();
      const took_ms = performance.now() - began_ms;
      return { name, state: 'good', says: `a write is on disk after ${took_ms.toFixed(1)} ms` };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  } catch (error) {
    return {
      name,
      state: 'bad',
      says: messageOf(wordsForSystemError(error)),
      remedy: 'Use a local file system that this user may write to.',
    };
  }
}

/** Keys are for their owner alone. */
async function secrets(directory: string): Promise<Finding> {
  const name = 'keys';
  const files = (await readdir(directory).catch(() => [])).filter((file) => /\.key$|keys/.test(file));
  const loose: string[] = [];
  for (const file of files) {
    const { mode } = await stat(join(directory, file));
    if ((mode & 0o077) !== 0) loose.push(file);
  }
  if (loose.length === 0)
    return {
      name,
      state: 'good',
      says: files.length === 0 ? 'none yet: made at the first start' : 'readable by their owner alone',
    };
  return {
    name,
    state: 'bad',
    says: `others may read ${loose.join(', ')}`,
    remedy: `chmod 600 ${loose.map((file) => join(directory, file)).join(' ')}`,
  };
}

async function lock(directory: string): Promise<Finding> {
  const name = 'store';
  const { openEngine } = await import('../collection/index.ts');
  const isThere = await stat(join(directory, (await import('../storage/index.ts')).SHARD_COUNT_FILE)).then(
    () => true,
    () => false,
  );
  if (!isThere) return { name, state: 'good', says: 'none yet' };
  try {
    const engine = await openEngine({ dataDirectory: directory, resumeCrawls: false });
    try {
      const { documents, shards } = await engine.status();
      const isHurt = shards.some(
        ({ recovery, lost, readOnly }) =>
          recovery.damage.length > 0 || (lost ?? []).length > 0 || readOnly !== undefined,
      );
      const { isSound, sentences } = await engine.store({ task: 'verify', depth: 'sample' });
      if (!isHurt && isSound)
        return { name, state: 'good', says: `${documents} documents, a sample of every file is sound` };
      return {
        name,
        state: 'bad',
        says: sentences.join(' '),
        remedy: 'peregrine store verify --deep names the files; peregrine store repair mends them.',
      };
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (isPeregrineError(error, 'LOCKED')) {
      return {
        name,
        state: 'good',
        says: `a running process holds it${error.facts['holder_pid'] === undefined ? '' : ` (${String(error.facts['holder_pid'])})`}: ask it with peregrine status`,
      };
    }
    // What can't be written says itself what to do; nothing in it is known to be hurt.
    if (isPeregrineError(error) && error.facts['system_code'] !== undefined)
      return { name, state: 'bad', says: error.message };
    return {
      name,
      state: 'bad',
      says: messageOf(error),
      remedy: 'peregrine store verify --deep names the files; peregrine store repair mends them.',
    };
  }
}

async function port({ host, port: number }: DoctorQuestions): Promise<Finding> {
  const name = 'port';
  const server = createServer();
  try {
    await new Promise<void>((listening, failed) => {
      server.once('error', failed);
      server.listen({ port: number, host }, listening);
    });
    return { name, state: 'good', says: `${number} on ${host} is free` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      const isPeregrine = await answersAsPeregrine(host, number);
      return isPeregrine
        ? { name, state: 'good', says: `${number} on ${host}: Peregrine answers there` }
        : {
            name,
            state: 'bad',
            says: `another program listens on ${number}`,
            remedy: 'Choose another port with --port.',
          };
    }
    return {
      name,
      state: 'bad',
      says: messageOf(error),
      remedy:
        code === 'EACCES'
          ? 'Choose a port above 1023, or let a proxy stand before it.'
          : 'Choose an address of this machine with --host.',
    };
  } finally {
    server.close();
  }
}

function answersAsPeregrine(host: string, number: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: number });
    let answer = '';
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('connect', () =>
      socket.write(`GET /health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(answer.includes('{"status":"live"}')));
  });
}

async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory() === true || folder === dirname(folder)) return folder;
  }
}

const whole = (value: number): string => Math.round(value).toString();
