/** html5lib's encoding cases against our choice of a charset. */

import { isAscii, isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeText } from '../../src/document/charset.ts';
import { datCases } from './dat-file.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

export const characterEncoding: Suite = {
  name: 'html5lib-encoding',
  data: 'tests/html5lib/encoding',
  async run(path): Promise<SuiteResult> {
    const tally = new Tally(this.name);
    for (const file of readdirSync(path).sort()) {
      for (const [i, each] of datCases(readFileSync(join(path, file)), 'latin1').entries()) {
        const data = each['data'] ?? '';
        const wanted = labelOf(each['encoding'] ?? '');
        const bytes = Buffer.from(data, 'latin1');
        const { charset } = await decodeText(bytes, { syntax: 'html' });
        if (charset === wanted) tally.pass();
        else
          tally.differ(
            reasonOf(bytes, charset),
            `${file} ${i + 1}: ${wanted} but ${charset} of ${JSON.stringify(data)}`,
          );
      }
    }
    return tally.result();
  },
};

function reasonOf(bytes: Uint8Array, charset: string): string | undefined {
  if (charset !== 'utf-8') return undefined;
  return isAscii(bytes) ? 'ascii-is-utf-8' : isUtf8(bytes) ? 'valid-utf-8' : undefined;
}

/** The name by which the platform knows an encoding. */
function labelOf(name: string): string {
  return new TextDecoder(name.trim()).encoding;
}
