import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionFailure } from './connection-failure.ts';

test('what failed is said in words, with the code that the system gave it', () => {
  assert.equal(
    connectionFailure('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'),
    'nothing listens at its address and port (ECONNREFUSED)',
  );
  assert.equal(
    connectionFailure('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate; try running Node.js'),
    'its certificate is signed by nobody who is trusted here; `certificates` in the file of --crawl-access ' +
      'names who is, too (DEPTH_ZERO_SELF_SIGNED_CERT)',
  );
});

test('what nobody foresaw is said as it came', () => {
  assert.equal(connectionFailure('HPE_INVALID', 'Expected HTTP/'), 'Expected HTTP/');
  assert.equal(connectionFailure('HPE_INVALID', ''), 'HPE_INVALID');
  assert.equal(connectionFailure('', ''), 'the connection failed');
});
