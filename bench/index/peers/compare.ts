/** The index beside Xapian, SQLite FTS5 and engines of the npm world, on as many paragraphs as these can hold. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installPeers } from '../../peers.ts';
import { corpusLines, corpusPath, type CorpusSize } from '../corpus.ts';
import { LuceneContestant, type QueryMode } from '../lucene-contestant.ts';
import { PeregrineContestant } from '../peregrine-contestant.ts';
import { makeQueryClasses } from '../query-classes.ts';
import { npmPeers } from './npm-peers.ts';
import { kindOf, type Peer, type PeerQuery } from './peer.ts';
import { SqlitePeer } from './sqlite-peer.ts';
import { XapianPeer } from './xapian-peer.ts';

const LEAST_MS = 40;
const ROUNDS = 2;
const FRAMES_MB = 256;
const MODES: readonly QueryMode[] = ['top', 'count'];

/** Prints a table: times of a query of each class, ours and how many times longer each peer takes. */
export async function comparePeers(
  size: CorpusSize,
  documents: number,
  directory: string,
  say: (text: string) => void,
): Promise<void> {
  installPeers();
  const corpus = corpusPath(size, 'paragraphs');
  const classes = await makeQueryClasses(corpus, documents);
  const lines: string[] = [];
  // A paragraph is one zone: a digit, then its words.
  for await (const line of corpusLines(corpus, documents)) lines.push(line.slice(1));
  const own = join(directory, 'own');
  mkdirSync(own, { recursive: true });
  const peregrine = await PeregrineContestant.open(own, LuceneContestant.memory_mb, FRAMES_MB);
  const peers: Peer[] = [
    new XapianPeer(directory),
    new SqlitePeer(join(directory, 'fts5.db')),
    ...(await npmPeers()),
  ];
  try {
    const begin = process.cpuUsage();
    await peregrine.ingest(corpus, documents);
    const { user, system } = process.cpuUsage(begin);
    await peregrine.settle({ first: documents, every: 1 });
    const times = [(user + system) / 1e6];
    for (const peer of peers) times.push(await peer.index(lines));
    say(`${lines.length} paragraphs; microseconds of a query, and how many times as long the others take`);
    say(`| | ours | ${peers.map(({ name }) => name).join(' | ')} |`);
    say(`|---|--:|${peers.map(() => '--:|').join('')}`);
    say(`| indexing, s of CPU | ${times.map((seconds) => seconds.toFixed(1)).join(' | ')} |`);
    const differing = new Set<string>();
    for (const { name, queries } of classes) {
      const asked = queries.map((words): PeerQuery => ({ kind: kindOf(name), words }));
      for (const mode of MODES) {
        const prepared = peregrine.prepare({ name, queries }, mode);
        const able = peers.filter(({ kinds }) => kinds.includes(kindOf(name)));
        if (mode === 'count') {
          const counts = peregrine.hits(prepared);
          for (const peer of able) {
            for (const [i, query] of asked.entries()) {
              if ((await peer.hits(query)) !== counts[i]) differing.add(`${peer.name} (${name})`);
            }
          }
        }
        const best = new Map<Peer | undefined, number>();
        for (let round = 0; round < ROUNDS; round++) {
          const keep = (who: Peer | undefined, us: number): void => {
            best.set(who, Math.min(us, best.get(who) ?? Infinity));
          };
          keep(undefined, peregrine.time_us(prepared, LEAST_MS));
          for (const peer of able) keep(peer, await peer.time_us(asked, mode, LEAST_MS));
        }
        const ours = best.get(undefined) ?? 0;
        const cells = peers.map((peer) => {
          const theirs = best.get(peer);
          return theirs === undefined ? '–' : `${(theirs / ours).toFixed(1)} ×`;
        });
        const what = mode === 'top' ? name : `${name}, count`;
        say(`| ${what} | ${ours.toFixed(1)} | ${cells.join(' | ')} |`);
      }
    }
    say(differing.size === 0 ? 'All hit counts agree.' : `Hit counts differ: ${[...differing].join(', ')}.`);
  } finally {
    for (const peer of peers) peer.close();
    await peregrine.close();
  }
}
