/** Objects in a bucket of an S3-compatible store: path-style addresses, requests signed by Signature Version 4. */

import { AwsClient } from 'aws4fetch';

import { messageOf, PeregrineError } from '../../base/index.ts';
import type { ObjectStore } from './object-store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Times that a request is tried again when the store is busy or does not answer. */
const RETRIES = 4;

/**
 * `s3://bucket/prefix`, with the names of the environment that other programs know: `AWS_ACCESS_KEY_ID`,
 * `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, and `AWS_ENDPOINT_URL` for stores of others.
 */
export function openS3Objects(place: string, env: Environment): ObjectStore {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})\/?(.*)$/i.exec(place) ?? [];
  if (bucket === '') throw new PeregrineError('BAD_ARGUMENT', `${place} is not like s3://bucket/prefix.`);
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '' } = env;
  if (id === '' || secret === '') {
    throw new PeregrineError(
      'UNAUTHORISED',
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment of the process that reads and writes snapshots.',
    );
  }
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const endpoint = (env['AWS_ENDPOINT_URL'] ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, '');
  const token = env['AWS_SESSION_TOKEN'];
  const client = new AwsClient({
    accessKeyId: id,
    secretAccessKey: secret,
    ...(token === undefined ? {} : { sessionToken: token }),
    region,
    service: 's3',
    retries: RETRIES,
  });
  const root = prefix === '' ? '' : `${prefix.replace(/\/+$/, '')}/`;
  return new S3Objects({ client, name: place, bucketUrl: `${endpoint}/${bucket}`, root });
}

interface Bucket {
  readonly client: AwsClient;
  readonly name: string;
  readonly bucketUrl: string;
  readonly root: string;
}

class S3Objects implements ObjectStore {
  readonly name: string;
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.name = bucket.name;
    this.#bucket = bucket;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#mustAnswer('PUT', this.#urlOf(key), bytes);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const answer = await this.#ask('GET', this.#urlOf(key));
    return answer === undefined ? undefined : new Uint8Array(await answer.arrayBuffer());
  }

  async has(key: string): Promise<boolean> {
    return (await this.#ask('HEAD', this.#urlOf(key))) !== undefined;
  }

  async list(prefix: string): Promise<readonly string[]> {
    const { bucketUrl, root } = this.#bucket;
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const query = new URLSearchParams({ 'list-type': '2', prefix: root + prefix });
      if (token !== undefined) query.set('continuation-token', token);
      const answer = await this.#mustAnswer('GET', `${bucketUrl}?${query.toString()}`);
      const text = await answer.text();
      keys.push(...[...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => plain(key)));
      token = /<NextContinuationToken>([^<]*)</.exec(text)?.[1];
      if (token !== undefined) token = plain(token);
    } while (token !== undefined);
    return keys.map((key) => key.slice(root.length)).sort();
  }

  async remove(key: string): Promise<void> {
    await this.#ask('DELETE', this.#urlOf(key));
  }

  #urlOf(key: string): string {
    const { bucketUrl, root } = this.#bucket;
    return `${bucketUrl}/${`${root}${key}`.split('/').map(encodeURIComponent).join('/')}`;
  }

  /** Undefined where the store has no such object. */
  async #ask(method: string, url: string): Promise<Response | undefined> {
    const { answer, said } = await this.#send(method, url);
    if (answer.status === 404 && said !== 'NoSuchBucket') return undefined;
    return this.#accepted(method, answer, said);
  }

  /** For what can't be missing: who writes or lists and hears that there is nothing asked in the wrong place. */
  async #mustAnswer(method: string, url: string, body?: Uint8Array): Promise<Response> {
    const { answer, said } = await this.#send(method, url, body);
    return this.#accepted(method, answer, said);
  }

  async #send(method: string, url: string, body?: Uint8Array): Promise<{ answer: Response; said: string }> {
    try {
      const answer = await this.#bucket.client.fetch(url, {
        method,
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      });
      const said = answer.ok ? '' : (/<Code>([^<]*)</.exec(await answer.text())?.[1] ?? '');
      return { answer, said };
    } catch (error) {
      const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new PeregrineError(
        'IO',
        `${this.name} does not answer (${messageOf(why)}). Are AWS_ENDPOINT_URL and AWS_REGION right?`,
        {},
        error,
      );
    }
  }

  #accepted(method: string, answer: Response, said: string): Response {
    if (answer.ok) return answer;
    const { status } = answer;
    const isRefused = status === 401 || status === 403;
    const advice = isRefused
      ? ' Do AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY open this bucket?'
      : status === 404
        ? ' Is there such a bucket, and is AWS_ENDPOINT_URL right?'
        : '';
    throw new PeregrineError(
      isRefused ? 'FORBIDDEN' : 'IO',
      `${this.name} answered ${method} with ${status}${said === '' ? '' : ` ${said}`}.${advice}`,
      { status },
    );
  }
}

/** Of the five characters that XML escapes. */
function plain(text: string): string {
  return text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, '&');
}
