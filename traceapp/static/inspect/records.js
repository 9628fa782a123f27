// A record: a W3C Verifiable Credential with a proof of cryptosuite eddsa-jcs-2022 (vc-di-eddsa section 3.3).

import { decode } from './base58.js';
import { concat, sha256 } from './bytes.js';
import { verify } from './ed25519.js';
import { canonicalise, readCanonical, without } from './jcs.js';
import { malformed, Refusal } from './refusal.js';

const INSTANT = /^(?:19|2\d)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/;

// Milliseconds since 1970 of an RFC 3339 instant in UTC.
export function instant(written) {
  const time = typeof written === 'string' && INSTANT.test(written) ? Date.parse(written) : NaN;
  // A day that does not exist rolls over in some browsers: it must come back as it was written.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 19) !== written.slice(0, 19)) {
    throw malformed(`${String(written).slice(0, 40)} is not an instant in UTC`);
  }
  return time;
}

// Stored bytes of a record: canonical, by its issuer, signed by a key of that role. Returns {document, key}.
export async function verifyRecord(bytes, keyring, role = 'record') {
  return verifyBy(bytes, (method) => keyring.find(method, role));
}

// The same with whatever key `find` gives for the proof's verification method and the document.
export async function verifyBy(bytes, find) {
  const { value: document, members } = readCanonical(bytes);
  const proof = proofOf(document);
  const key = find(member(proof, 'verificationMethod'), document);
  if (document.issuer !== proof.verificationMethod.split('#')[0]) {
    throw new Refusal('key-not-valid', 'the issuer is not who holds the proof’s key');
  }
  await verifyProof(document, proof, key.raw, without(members, 'proof'));
  requireValidAt(key, instant(member(proof, 'created')));
  return { document, key };
}

// One proof of a parsed document against one public key: proof hash first, then the document's. `unsigned` are the
// canonical bytes of the document without its proof.
export async function verifyProof(document, proof, raw, unsigned = withoutProof(document)) {
  if (proof.type !== 'DataIntegrityProof' || proof.cryptosuite !== 'eddsa-jcs-2022') {
    throw malformed('expected a DataIntegrityProof with eddsa-jcs-2022');
  }
  if (proof.proofPurpose !== 'assertionMethod') throw malformed('expected proofPurpose assertionMethod');
  if (JSON.stringify(proof['@context']) !== JSON.stringify(document['@context'])) {
    throw malformed('the proof’s @context is not the document’s');
  }
  const { proofValue: _, ...options } = proof;
  const signature = proofValue(proof);
  await verify(raw, signature, concat(sha256(canonicalise(options)), sha256(unsigned)));
}

const withoutProof = ({ proof: _, ...document }) => canonicalise(document);

export function requireValidAt(key, when) {
  const began = Math.floor(key.validFrom / 1000) * 1000;
  if (when < began || (key.retired !== null && when > key.retired)) {
    throw new Refusal('key-not-valid', 'the key did not sign then: not yet, or no longer, in use', 'key-retired');
  }
}

function proofOf(document) {
  const { proof } = document;
  if (!proof || typeof proof !== 'object' || Array.isArray(proof)) throw malformed('this record carries no single proof');
  return proof;
}

function proofValue(proof) {
  const value = member(proof, 'proofValue');
  if (value[0] !== 'z' || value.length > 100) throw malformed('proofValue is not z followed by base58btc');
  const signature = decode(value.slice(1));
  if (signature.length !== 64) throw new Refusal('bad-signature', `the signature has ${signature.length} bytes`);
  return signature;
}

export function member(proof, name) {
  if (typeof proof[name] !== 'string') throw malformed(`the proof’s ${name} is missing`);
  return proof[name];
}
