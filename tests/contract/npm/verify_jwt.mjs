// jose, which nobody here wrote, verifies tokens of records: `node verify_jwt.mjs` reads {"jwks", "tokens"} from stdin
// and writes [{"ok", "error", "header", "payload"}] to stdout.

import { createLocalJWKSet, compactVerify } from 'jose';
import { readFileSync } from 'node:fs';

const { jwks, tokens } = JSON.parse(readFileSync(0, 'utf8'));
const known = createLocalJWKSet(jwks);
// A DID URL names the key behind its #; a key set knows only that part.
const find = (header, token) => known({ ...header, kid: header.kid.split('#')[1] }, token);

const found = [];
for (const token of tokens) {
  try {
    const { payload, protectedHeader } = await compactVerify(token, find, { algorithms: ['EdDSA'] });
    found.push({ ok: true, error: '', header: protectedHeader, payload: JSON.parse(new TextDecoder().decode(payload)) });
  } catch (cause) {
    found.push({ ok: false, error: `${cause.code}: ${cause.message}`, header: null, payload: null });
  }
}
process.stdout.write(JSON.stringify(found));
