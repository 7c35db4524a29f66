/**
 * The manifest of a bundle: who made it, and the content hash of every chunk. Its signature covers the manifest's bytes,
 * and through the hashes every byte of the documents. Layout: docs/formats/bundle.md.
 */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';

const BUNDLE_VERSION = 1;
/** A longer manifest is refused unread. */
export const MAX_MANIFEST_BYTES = 268_435_456;
export const MAX_CHUNK_BYTES = 134_217_728;

export interface BundleChunk {
  /** SHA-256 of its bytes, 64 hexadecimal digits: also its name. */
  readonly hash: string;
  readonly size_bytes: number;
  readonly documents: number;
}

export interface BundleManifest {
  readonly version: number;
  /** What its maker calls it; shown with every document that came with it. */
  readonly name: string;
  readonly createdAt_ms: number;
  /** Ed25519 public key, 32 bytes as hexadecimal digits. */
  readonly publicKey: string;
  readonly documents: number;
  readonly chunks: readonly BundleChunk[];
}

const manifestSchema: z.ZodType<BundleManifest> = z.object({
  version: z.int(),
  name: z.string().max(200),
  createdAt_ms: z.number(),
  publicKey: z.string().regex(/^[\da-f]{64}$/),
  documents: z.int().min(0),
  chunks: z.array(
    z.object({
      hash: z.string().regex(/^[\da-f]{64}$/),
      size_bytes: z.int().min(0).max(MAX_CHUNK_BYTES),
      documents: z.int().min(0),
    }),
  ),
});

/** A manifest's bytes with the signature over them, as they travel: 64 bytes, then the manifest. */
export type SignedManifest = Uint8Array;

const SIGNATURE_BYTES = 64;
/** What stands before the 32 bytes of a raw key in its DER form. */
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export function newSigningKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

export function signingKeyOf(pem: string): KeyObject {
  return createPrivateKey(pem);
}

/** As it stands in manifests. */
export function publicKeyOf(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
}

export function signManifest(
  manifest: Omit<BundleManifest, 'publicKey' | 'version'>,
  key: KeyObject,
): SignedManifest {
  const publicKey = publicKeyOf(key);
  const bytes = Buffer.from(JSON.stringify({ version: BUNDLE_VERSION, ...manifest, publicKey }));
  return Buffer.concat([sign(null, bytes, key), bytes]);
}

/** `CORRUPT` where signature or form are wrong, `FORBIDDEN` where its maker is not one of `trusted`. */
export function openManifest(signed: SignedManifest, trusted?: readonly string[]): BundleManifest {
  const signature = signed.subarray(0, SIGNATURE_BYTES);
  const bytes = signed.subarray(SIGNATURE_BYTES);
  let manifest: BundleManifest;
  try {
    manifest = manifestSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (error) {
    throw new PeregrineError(
      'CORRUPT',
      'The manifest of the bundle can’t be read.',
      { part: 'manifest' },
      error,
    );
  }
  if (manifest.version !== BUNDLE_VERSION) {
    throw new PeregrineError('UNSUPPORTED_VERSION', `The bundle is of version ${manifest.version}.`, {
      version: manifest.version,
    });
  }
  const der = Buffer.concat([PUBLIC_PREFIX, Buffer.from(manifest.publicKey, 'hex')]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  if (!verify(null, bytes, key, signature)) {
    throw new PeregrineError(
      'CORRUPT',
      'The signature of the bundle is not right: its manifest was changed.',
      {
        part: 'manifest',
      },
    );
  }
  if (trusted !== undefined && !trusted.includes(manifest.publicKey)) {
    throw new PeregrineError(
      'FORBIDDEN',
      `The bundle is signed by ${manifest.publicKey}, whom you did not name.`,
      {
        publicKey: manifest.publicKey,
      },
    );
  }
  return manifest;
}

export function chunkHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `CORRUPT`, naming the chunk, where the bytes are not those that the manifest means. */
export function checkChunk({ hash, size_bytes }: BundleChunk, bytes: Uint8Array): void {
  if (bytes.length === size_bytes && chunkHash(bytes) === hash) return;
  throw new PeregrineError('CORRUPT', `Chunk ${hash} of the bundle is damaged.`, { chunk: hash, size_bytes });
}
