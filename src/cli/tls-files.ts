/** Certificate and key of HTTPS, read from files and read again when they change, as those who renew them expect. */

import { readFile } from 'node:fs/promises';
import { unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, Server as TlsServer } from 'node:tls';

import { type LogSink, messageOf, PeregrineError } from '../base/index.ts';
import type { TlsCredentials } from '../server/index.ts';

export interface TlsFiles {
  /** Certificate chain, PEM. */
  readonly certificate: string;
  readonly key: string;
}

/** How often the files are looked at. Polled: renewals replace files by links, which watchers lose. */
const LOOK_MS = 10_000;

/** `NOT_FOUND` and `BAD_ARGUMENT` say which file is wrong. */
export async function readTls({ certificate, key }: TlsFiles): Promise<TlsCredentials> {
  const [cert, privateKey] = await Promise.all([pem(certificate), pem(key)]);
  try {
    createSecureContext({ cert, key: privateKey });
  } catch (error) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `${certificate} and ${key} are no certificate and its key: ${messageOf(error)}.`,
      { file: certificate },
      error,
    );
  }
  return { cert, key: privateKey };
}

/** New connections get the new certificate; those that are open go on. Returns what ends the watching. */
export function watchTls(
  files: TlsFiles,
  { server }: { readonly server: unknown },
  log: LogSink,
  look_ms: number = LOOK_MS,
): () => void {
  const renew = async (): Promise<void> => {
    try {
      const credentials = await readTls(files);
      if (server instanceof TlsServer) server.setSecureContext(credentials);
      log.write('info', 'server.certificate-renewed', { file: files.certificate });
    } catch (error) {
      // The old one goes on: half a renewal is no reason to stop serving.
      log.write('error', 'server.certificate-refused', {
        file: files.certificate,
        message: messageOf(error),
      });
    }
  };
  const onChange = (): void => void renew();
  for (const file of [files.certificate, files.key]) {
    watchFile(file, { interval: look_ms, persistent: false }, onChange);
  }
  return () => {
    for (const file of [files.certificate, files.key]) unwatchFile(file, onChange);
  };
}

async function pem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PeregrineError('NOT_FOUND', `${file} can't be read: ${messageOf(error)}.`, { file }, error);
  }
}
