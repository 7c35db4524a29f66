/**
 * Writes a title file of any size without holding it: pages of real length, no two alike, in the order of their keys.
 * For what only many documents show: time a document once everything is warm, and memory over gigabytes.
 */

import { createWriteStream, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

import { seededRandom } from '../src/base/index.ts';
import { titleRecord } from './gigablast-files.ts';

export interface LargeTitleFile {
  readonly documents: number;
  /** Bytes of content before they were packed. */
  readonly raw_bytes: number;
  readonly size_bytes: number;
}

export interface LargeTitlePlan {
  /** Pages to make others of; each copy gets words of its own. Default: made-up ones. */
  readonly models?: readonly string[];
  readonly documents?: number;
  /** Ends when so much content is written. */
  readonly raw_bytes?: number;
  readonly seed?: number;
}

/** Distance of two ids: leaves room for neighbours and keeps keys in order. */
const ID_STEP = 4_096;
const WORDS = 20_000;
const OWN_WORDS = 12;

export async function writeLargeTitleFile(directory: string, plan: LargeTitlePlan): Promise<LargeTitleFile> {
  const random = seededRandom(plan.seed ?? 1);
  const models = plan.models ?? Array.from({ length: 40 }, () => madeUpPage((limit) => random.below(limit)));
  mkdirSync(directory, { recursive: true });
  const file = createWriteStream(join(directory, 'titledb0001-000.dat'));
  let documents = 0;
  let raw_bytes = 0;
  let size_bytes = 0;
  const most = plan.documents ?? Infinity;
  const most_bytes = plan.raw_bytes ?? Infinity;
  while (documents < most && raw_bytes < most_bytes) {
    documents += 1;
    const own = Array.from({ length: OWN_WORDS }, () => wordOf(random.below(WORDS))).join(' ');
    const model = models[documents % models.length] ?? '';
    const content = model.includes('</body>')
      ? model.replace('</body>', `<p>Copy ${documents}: ${own}.</p></body>`)
      : `${model}<p>Copy ${documents}: ${own}.</p>`;
    const url = `http://site${documents % 97}.example.org/pages/${documents}.html`;
    const { bytes } = titleRecord({ url, content, docId: documents * ID_STEP });
    raw_bytes += Buffer.byteLength(content);
    size_bytes += bytes.length;
    if (!file.write(bytes)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
  return { documents, raw_bytes, size_bytes };
}

/** A page of some kilobytes whose words are as rare as those of a language. */
function madeUpPage(below: (limit: number) => number): string {
  const rare = (): string => wordOf(below(1 + below(1 + below(WORDS))));
  const sentence = (): string => `${Array.from({ length: 6 + below(14) }, rare).join(' ')}.`;
  const paragraph = (): string => `<p>${Array.from({ length: 2 + below(5) }, sentence).join(' ')}</p>`;
  const link = (n: number): string => `<li><a href="/pages/${below(100_000)}.html">${rare()} ${n}</a></li>`;
  return `<html><head><title>${sentence()}</title></head><body><ul>${Array.from({ length: 12 }, (_, n) => link(n)).join('')}</ul>
<h1>${sentence()}</h1>${Array.from({ length: 8 + below(12) }, paragraph).join('\n')}</body></html>`;
}

/** Pronounceable, and the same for the same number. */
function wordOf(number: number): string {
  let word = '';
  for (let rest = number + 1; rest > 0; rest = Math.floor(rest / 60)) {
    word += `${'bcdfghklmnprstv'[rest % 15] ?? ''}${'aeiou'[Math.floor(rest / 15) % 5] ?? ''}`;
  }
  return word;
}
