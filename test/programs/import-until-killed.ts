/**
 * A program for the kill test of imports: opens a data directory, goes on with the import of a folder, and says how far it
 * is whenever that changes: one that says nothing for long hangs. Arguments: data directory, folder, file for the export at
 * the end.
 */

import { writeFileSync, writeSync } from 'node:fs';

import { openEngine } from '../../src/collection/index.ts';
import { exportDocuments, importsOf } from '../../src/transfer/index.ts';

const [dataDirectory = '', folder = '', exportFile = ''] = process.argv.slice(2);
const engine = await openEngine({ dataDirectory });
writeSync(1, 'opened\n');
if (!engine.collections().includes('old')) await engine.createCollection('old');
const imports = importsOf(engine);
const job = imports.start('old', { directory: folder, atOnce: 6, source: 'killed' });
let told = -1;
const timer = setInterval(() => {
  const { read } = job.report();
  if (read !== told) writeSync(1, `at ${read}\n`);
  told = read;
}, 2);
const report = await imports.wait(job);
clearInterval(timer);
const chunks: Uint8Array[] = [];
for await (const chunk of exportDocuments(engine, 'old', { format: 'ndjson' })) {
  chunks.push(chunk);
  writeSync(1, `exported ${chunks.length}\n`);
}
writeFileSync(exportFile, Buffer.concat(chunks));
const { read, imported, unchanged, tombstones, superseded, failed, lost_bytes, state } = report;
const counts = { read, stored: imported + unchanged, tombstones, superseded, failed, lost_bytes, state };
writeSync(1, `done ${JSON.stringify(counts)}\n`);
await engine.close();
