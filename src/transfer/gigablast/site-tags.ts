/**
 * What people said of sites in a Gigablast's tagdb: bans first of all. Keys of 16 bytes, lowest first: a bit for record or
 * tombstone, 31 bits zero, 32 bits of the tag, 64 bits of the site's hash. A record: time, address, hash of the tag's name
 * and size, 32 bits each, then the length of the user's name with its zero, that name, the value.
 *
 * Tags that the old program gave itself (its user is `xmldoc`) are of its own working, and worked out anew here.
 */

import type { DataLoss } from './file-survey.ts';
import { oldHash32, oldHash64 } from './old-hash.ts';
import { readSideRecords } from './side-records.ts';
import type { TitleDirectory } from './title-files.ts';

const HEADER_BYTES = 16;
/** Who set what the old program found out itself. */
const PROGRAM = 'xmldoc';
const BAN = 'manualban';
/** Sites whose tags are kept. People tag by hand: this many is beyond them. */
const MAX_TAGGED_SITES = 1_000_000;
/** Folders of a URL that may be sites of their own. */
const MAX_FOLDERS = 8;

/** Names that the old program knew; others stay numbers, for a hash can't be turned back. */
const NAMES: readonly string[] = [
  BAN,
  'manualfilter',
  'site',
  'sitepathdepth',
  'rootlang',
  'roottitles',
  'dateformat',
  'ruleset',
  'deep',
  'comment',
  'pagerank',
  'ingoogle',
  'authorityinlink',
  'hascontactinfo',
  'contactaddress',
  'contactemails',
  'venueaddress',
  'firstip',
  'sitenuminlinks',
  'sitenuminlinksuniqueip',
  'sitenuminlinksuniquecblock',
  'sitenuminlinkstotal',
];

/** A record of tagdb. */
export interface SiteTag {
  readonly siteHash: bigint;
  readonly name: string;
  readonly user: string;
  readonly value: string;
}

type TagsBySite = ReadonlyMap<bigint, ReadonlyMap<string, string>>;

export class SiteTags {
  static readonly none: SiteTags = new SiteTags(new Map(), []);

  /** Sites that are banned. */
  readonly banned: number;
  readonly losses: readonly DataLoss[];
  readonly #sites: TagsBySite;

  constructor(sites: TagsBySite, losses: readonly DataLoss[]) {
    this.#sites = sites;
    this.losses = losses;
    this.banned = [...sites.values()].filter(isBan).length;
  }

  /** Sites with tags. */
  get size(): number {
    return this.#sites.size;
  }

  isBanned(url: string): boolean {
    return isBan(this.tagsOf(url));
  }

  /** Tags of the URL's site; of sites within one another the closest says. */
  tagsOf(url: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    if (this.#sites.size === 0) return found;
    for (const site of sitesOf(url)) {
      const tags = this.#sites.get(oldHash64(site)) ?? [];
      for (const [name, value] of tags) if (!found.has(name)) found.set(name, value);
    }
    return found;
  }
}

/** The tags that people gave, of all hosts. `IO`. */
export async function readSiteTags(folders: readonly TitleDirectory[]): Promise<SiteTags> {
  const sites = new Map<bigint, Map<string, string>>();
  const losses = await readTags(folders, ({ siteHash, name, user, value }) => {
    if (user === PROGRAM) return;
    const tags = sites.get(siteHash) ?? new Map<string, string>();
    if (tags.size === 0 && sites.size >= MAX_TAGGED_SITES) return;
    // The newest comes first.
    if (!tags.has(name)) tags.set(name, value);
    sites.set(siteHash, tags);
  });
  return new SiteTags(sites, losses);
}

/** Every tag, the newest of a key first; returns what could not be read. `IO`. */
export async function readTags(
  folders: readonly TitleDirectory[],
  take: (tag: SiteTag) => void,
): Promise<readonly DataLoss[]> {
  const names = new Map(NAMES.map((name) => [oldHash32(name), name]));
  return readSideRecords(folders, 'tagdb', (key, data) => {
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    if (data.length < HEADER_BYTES + 1) return;
    const type = view.getUint32(8, true);
    const size = Math.min(view.getInt32(12, true), data.length - HEADER_BYTES);
    const text = Buffer.from(data.buffer, data.byteOffset + HEADER_BYTES, Math.max(0, size));
    const userBytes = text[0] ?? 0;
    take({
      siteHash: Buffer.from(key.buffer, key.byteOffset, key.length).readBigUInt64LE(8),
      name: names.get(type) ?? `tag-${type.toString(16).padStart(8, '0')}`,
      user: untilZero(text.subarray(1, 1 + userBytes)),
      value: untilZero(text.subarray(1 + userBytes)),
    });
  });
}

/** What may be a site of the URL, the closest first: its folders, its host, the domains above. */
function sitesOf(url: string): string[] {
  const parsed = URL.parse(url);
  if (parsed === null) return [];
  const { hostname, pathname } = parsed;
  const folders = pathname.split('/').slice(1, -1).slice(0, MAX_FOLDERS);
  const sites: string[] = [];
  for (let count = folders.length; count > 0; count--) {
    const site = `${hostname}/${folders.slice(0, count).join('/')}`;
    sites.push(`${site}/`, site);
  }
  // A bare domain was called by its "www".
  sites.push(hostname, `www.${hostname}`);
  const labels = hostname.split('.');
  for (let from = 1; from < labels.length - 1; from++) sites.push(labels.slice(from).join('.'));
  return sites;
}

/** The old cluster showed nothing of the site, and deleted what it had. */
export function isBan(tags: ReadonlyMap<string, string>): boolean {
  const value = tags.get(BAN);
  return value !== undefined && value !== '' && value !== '0';
}

function untilZero(bytes: Buffer): string {
  const zero = bytes.indexOf(0);
  return bytes.toString('utf8', 0, zero < 0 ? bytes.length : zero);
}
