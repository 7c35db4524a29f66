/**
 * A program for the kill test of imports: opens a data directory, goes on with the import of a folder, and says how far it
 * is as it goes. Arguments: data directory, folder, file for the export at the end.
 */

import { writeFileSync, writeSync } from 'node:fs';

import { openEngine } from '../../src/collection/index.ts';
import { exportDocuments, importsOf } from '../../src/transfer/index.ts';

const [dataDirectory = '', folder = '', exportFile = ''] = process.argv.slice(2);
const engine = await openEngine({ dataDirectory });
if (!engine.collections().includes('old')) await engine.createCollection('old');
const imports = importsOf(engine);
const job = imports.start('old', { directory: folder, atOnce: 6, source: 'killed' });
const timer = setInterval(() => writeSync(1, `at ${job.report().read}\n`), 2);
const report = await imports.wait(job);
clearInterval(timer);
const chunks: Uint8Array[] = [];
for await (const chunk of exportDocuments(engine, 'old', { format: 'ndjson' })) chunks.push(chunk);
writeFileSync(exportFile, Buffer.concat(chunks));
const { read, imported, unchanged, tombstones, superseded, failed, lost_bytes, state } = report;
const counts = { read, stored: imported + unchanged, tombstones, superseded, failed, lost_bytes, state };
writeSync(1, `done ${JSON.stringify(counts)}\n`);
await engine.close();
