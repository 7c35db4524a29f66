/** Certificates made on the spot, by the system's OpenSSL: for tests that speak TLS. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const OPENSSL = '/usr/bin/openssl';

/** Why tests that need one are skipped; false where they are not. */
export const withoutCertificates: string | false = existsSync(OPENSSL) ? false : `there is no ${OPENSSL}`;

/** A certificate that signs itself, for names and addresses (`DNS:a.test,IP:127.0.0.1`), made in `folder`. */
export function makeCertificate(folder: string, names: string): { cert: string; key: string } {
  const files = { cert: join(folder, 'certificate.pem'), key: join(folder, 'certificate.key') };
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const whose = ['-subj', '/CN=test', '-addext', `subjectAltName=${names}`];
  execFileSync(OPENSSL, ['req', ...kind, ...whose, '-out', files.cert, '-keyout', files.key], {
    stdio: 'ignore',
  });
  return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
}
