/** How a host proves to the servers of NATS who it is, and makes sure who they are: from files and from the addresses. */

import { readFile } from 'node:fs/promises';

import { credsAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node';

import { messageOf, PeregrineError } from '../base/index.ts';

/** Files, all in the forms that NATS' own tools write. */
export interface NatsAccessFiles {
  /** Credentials (`.creds`): a signed account and the key that goes with it. */
  readonly credentials?: string | undefined;
  /** Certificate (PEM) of whoever signed the servers' certificates; default: what the system trusts. */
  readonly ca?: string | undefined;
  /** Certificate and key (PEM) that this host shows to servers that ask for them. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** Servers without their passwords, and what goes to the client beside them. */
export interface NatsAccess {
  readonly servers: readonly string[];
  readonly access: Partial<NodeConnectionOptions>;
}

/**
 * Reads the files, and takes names and passwords out of addresses (`nats://name:password@host:4222`, or one name alone for a
 * token), so that no log shows them. `BAD_ARGUMENT` for what can't be read or does not go together.
 */
export async function natsAccess(
  addresses: readonly string[],
  files: NatsAccessFiles = {},
): Promise<NatsAccess> {
  const logins = addresses.map(loginOf);
  const first = logins.find(({ user }) => user !== '');
  if (first !== undefined && files.credentials !== undefined) {
    throw new PeregrineError('BAD_ARGUMENT', 'Give a credentials file or a name in the address, not both.');
  }
  if ((files.certificate === undefined) !== (files.key === undefined)) {
    throw new PeregrineError('BAD_ARGUMENT', 'A certificate for NATS goes with its key: give both files.');
  }
  const [credentials, ca, cert, key] = await Promise.all(
    [files.credentials, files.ca, files.certificate, files.key].map(readNamed),
  );
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return {
    servers: logins.map(({ server }) => server),
    access: {
      ...(credentials === undefined
        ? {}
        : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
      ...(first === undefined ? {} : loginOptions(first)),
      // An empty object would already ask for TLS.
      ...(Object.keys(tls).length === 0 && !addresses.some((one) => one.startsWith('tls:')) ? {} : { tls }),
    },
  };
}

interface Login {
  readonly server: string;
  readonly user: string;
  readonly password: string;
}

function loginOf(address: string): Login {
  const url = URL.parse(address.includes('://') ? address : `nats://${address}`);
  if (url === null || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      'A server of NATS is written nats://host:port or tls://host:port.',
    );
  }
  const { host, protocol, username, password } = url;
  return {
    server: `${protocol}//${host}`,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

const loginOptions = ({ user, password }: Login): Partial<NodeConnectionOptions> =>
  password === '' ? { token: user } : { user, pass: password };

async function readNamed(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PeregrineError('BAD_ARGUMENT', `${file} can't be read: ${messageOf(error)}.`, { file }, error);
  }
}
