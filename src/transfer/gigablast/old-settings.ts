/**
 * `coll.conf` of a Gigablast: lines of `<name>value</>`, lists as the same name again and again, values in CDATA or with
 * entities. What a crawl of ours can take of it, and what it can't, told by name.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isPeregrineError, messageOf } from '../../base/index.ts';
import {
  type CrawlRequest,
  type GigablastFilter,
  importFilters,
  RuleTable,
  type UrlRule,
} from '../../crawl/index.ts';
import type { TitleDirectory } from './title-files.ts';

/** What is larger is no list of settings. */
const MAX_FILE_BYTES = 16_777_216;
const LINE = /^<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^\n]*?))<\/\w*>/gms;
/** The old program asked that many hosts at once as nobody's computer does now. */
const MOST_REQUESTS = 64;
/** Of a row that says none. */
const LEAST_PRIORITY = 0;
const MAX_DELAY_MS = 3_600_000;

/** What is taken or told one by one, and what is of a moment of the old program alone. */
const KNOWN: ReadonlySet<string> = new Set([
  'maxSpiders',
  'spiderDelayInMilliseconds',
  'siteList',
  'urlFiltersProfile',
  'filterExpression',
  'harvestLinks',
  'maxSpidersPerRule',
  'forceDeleteUrls',
  'filterPriority',
  'filterFrequency',
  'spiderIpWait',
  'useRobotstxt',
  'collectionPasswords',
  'collectionIps',
  'homePageHtml',
  'htmlHead',
  'htmlTail',
  'collectionCreatedTime',
  'crawlEndTime',
  'spiderRoundStartTime',
  'spiderRoundNum',
  'userIp',
  'importDir',
  'enableDocumentImportation',
  'numImportInjects',
]);
/** Names of others that are told; the rest is counted. */
const NAMED = 6;

export type OldSettings = ReadonlyMap<string, readonly string[]>;

/** A crawl that goes on as the old one did, and sentences on what is otherwise here. */
export interface TakenSettings {
  readonly crawl: Pick<CrawlRequest, 'delay_ms' | 'concurrency' | 'rules'>;
  /** Of the list of sites. */
  readonly seeds: readonly string[];
  readonly notes: readonly string[];
  /** A file with settings was found. */
  readonly isThere: boolean;
}

export function parseOldSettings(text: string): OldSettings {
  const settings = new Map<string, string[]>();
  for (const [, name = '', raw, escaped] of text.matchAll(LINE)) {
    // Entities are written inside CDATA as well.
    const value = unescape(raw ?? escaped ?? '');
    settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  return settings;
}

/** Those of the first folder that has any: hosts of a cluster hold the same. A file that can't be read is told. */
export async function readOldSettings(folders: readonly TitleDirectory[]): Promise<TakenSettings> {
  const notes: string[] = [];
  for (const { path } of folders) {
    const file = join(path, 'coll.conf');
    try {
      const bytes = await readFile(file);
      if (bytes.length > MAX_FILE_BYTES) notes.push(`${file} is too large for a list of settings.`);
      else return takeSettings(parseOldSettings(bytes.toString()));
    } catch (error) {
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isAbsent) notes.push(`${file} can't be read: ${messageOf(error)}.`);
    }
  }
  return { crawl: {}, seeds: [], notes, isThere: false };
}

/** The pace, the table of URL filters and the list of sites; the rest is told where it would matter. */
export function takeSettings(settings: OldSettings): TakenSettings {
  const notes: string[] = [];
  const text = (name: string): string => settings.get(name)?.[0] ?? '';
  const sites = takeSites(text('siteList'), notes);
  const rules = soundRules([...sites.rules, ...takeFilters(settings, notes)], notes);
  const delay_ms = Number.parseInt(text('spiderDelayInMilliseconds'), 10);
  const spiders = Number.parseInt(text('maxSpiders'), 10);
  if (text('useRobotstxt') === '0')
    notes.push('coll.conf: robots.txt was not asked; it is obeyed here always.');
  if (text('collectionPasswords') !== '' || text('collectionIps') !== '')
    notes.push('coll.conf: passwords and addresses of administrators stay behind; make keys instead.');
  for (const name of ['homePageHtml', 'htmlHead', 'htmlTail']) {
    if (text(name) !== '') notes.push(`coll.conf: ${name} stays behind; a theme is set by collection here.`);
  }
  notes.push(...profileNotes(settings), ...otherNotes(settings));
  return {
    crawl: {
      ...(delay_ms > 0 ? { delay_ms: Math.min(delay_ms, MAX_DELAY_MS) } : {}),
      ...(spiders > 0 ? { concurrency: Math.min(spiders, MOST_REQUESTS) } : {}),
      ...(rules.length > 0 ? { rules } : {}),
    },
    seeds: sites.seeds,
    notes,
    isThere: settings.size > 0,
  };
}

/** The rows of a profile that came with the old program are in the program, not in the file. */
function profileNotes(settings: OldSettings): string[] {
  const [profile = ''] = settings.get('urlFiltersProfile') ?? [];
  if (profile === '' || settings.has('filterExpression')) return [];
  return [
    `coll.conf: its URL filters are those of the profile "${profile}" and stay behind; the crawl begins without rules.`,
  ];
}

function otherNotes(settings: OldSettings): string[] {
  const others = [...settings.keys()].filter((name) => !KNOWN.has(name));
  if (others.length === 0) return [];
  const more = others.length > NAMED ? `, and ${others.length - NAMED} more` : '';
  return [
    `coll.conf: settings without a counterpart stay behind: ${others.slice(0, NAMED).join(', ')}${more}.`,
  ];
}

/** Rows are spread over lists of one length each. */
function takeFilters(settings: OldSettings, notes: string[]): readonly UrlRule[] {
  const column = (name: string): readonly string[] => settings.get(name) ?? [];
  const expressions = column('filterExpression');
  if (expressions.length === 0) return [];
  const harvest = column('harvestLinks');
  const spiders = column('maxSpidersPerRule');
  const deletes = column('forceDeleteUrls');
  const priorities = column('filterPriority');
  const frequencies = column('filterFrequency');
  const waits = column('spiderIpWait');
  const filters = expressions.map((expression, row): GigablastFilter => ({
    expression,
    harvestLinks: harvest[row] !== '0',
    isDelete: deletes[row] === '1',
    maxSpiders: spiders[row] === undefined ? undefined : numberOr(spiders[row], 1),
    priority: numberOr(priorities[row], LEAST_PRIORITY),
    frequency_d: Number(frequencies[row] ?? 0) || 0,
    sameIpWait_ms: numberOr(waits[row], 0),
  }));
  const { rules, left } = importFilters(filters);
  for (const { row, expression, term } of left) {
    notes.push(
      `coll.conf: the URL filter of row ${row} (${expression}) stays behind: "${term}" has no counterpart.`,
    );
  }
  return rules;
}

/** Rules of untrusted text: one that is none must not keep the others away. */
function soundRules(rules: readonly UrlRule[], notes: string[]): readonly UrlRule[] {
  const sound: UrlRule[] = [];
  for (const rule of rules) {
    try {
      RuleTable.of([...sound, rule]);
      sound.push(rule);
    } catch (error) {
      if (!isPeregrineError(error)) throw error;
      if (error.code === 'TOO_LARGE') {
        notes.push(`coll.conf: rules after the first ${sound.length} stay behind.`);
        break;
      }
      notes.push(`coll.conf: ${rule.note ?? rule.when} stays behind: ${error.message}`);
    }
  }
  return sound;
}

function numberOr(text: string | undefined, otherwise: number): number {
  const number = Number.parseInt(text ?? '', 10);
  return Number.isNaN(number) ? otherwise : number;
}

/** One site, page or pattern a line: to begin at, or with a minus to stay away from. */
function takeSites(
  list: string,
  notes: string[],
): { readonly seeds: readonly string[]; readonly rules: readonly UrlRule[] } {
  const seeds: string[] = [];
  const rules: UrlRule[] = [];
  for (const line of list.split(/\r?\n/).map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, minus = '', kind = '', what = ''] =
      /^(-?)(?:(seed|site|contains|regexp|tag):)?(.*)$/i.exec(line) ?? [];
    const isPlain = kind === '' || kind === 'site' || kind === 'seed';
    if (minus === '-' && (isPlain || kind === 'contains')) {
      rules.push({
        when: `url *= ${JSON.stringify(what)}`,
        action: 'skip',
        note: `line of a Gigablast site list: ${line}`,
      });
    } else if (minus === '' && isPlain && /^\S+$/.test(what)) {
      seeds.push(/^https?:\/\//i.test(what) ? what : `http://${what}${what.includes('/') ? '' : '/'}`);
    } else notes.push(`coll.conf: the line "${line}" of the site list stays behind.`);
  }
  return { seeds, rules };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

function unescape(text: string): string {
  return text.replace(/&(?:#(\d{1,5})|(lt|gt|amp|quot));/g, (_, number: string | undefined, name: string) =>
    number === undefined ? (ENTITIES[name] ?? '') : String.fromCharCode(Number(number)),
  );
}
