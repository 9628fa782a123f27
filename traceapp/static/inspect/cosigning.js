// Cosignatures: records that their organisation signed once more with a passkey of its own, which was enrolled earlier in
// the log. Checked in the order of WebAuthn level 3, section 7.2, against the key that the enrolment's record tells.

import { concat, same, sha256, text, utf8 } from './bytes.js';
import { verify } from './ed25519.js';
import { canonicalise } from './jcs.js';

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

const term = (value, name) => value?.[`traceapp:${name}`];
const ofType = (documents, type) =>
  documents.filter(({ document }) => document.type.includes('CosignatureRecord') && document.credentialSubject?.type === `traceapp:${type}`);
const by = (one) => term(one.document, 'declaredBy')?.id;

// {good, bad, unseen}: ids of records among `documents` ({id, document, index}, verified, in log order) that are
// cosigned, that carry a cosignature which does not hold, and whose cosignature this browser cannot check.
// `counts` says of a document whether an account in doubt made it: then nothing is cosigned with it.
export async function cosignedAmong(documents, counts = () => true) {
  const found = { good: new Set(), bad: new Set(), unseen: new Set() };
  const passkeys = ofType(documents, 'Passkey');
  for (const one of ofType(documents, 'Cosignature').filter(counts)) {
    const said = one.document.credentialSubject;
    const named = passkeys.filter(({ document }) => document.credentialSubject.id === term(said, 'passkey').id);
    const enrolled = named.find(({ document }) => term(document.credentialSubject, 'state') === 'enrolled');
    if (enrolled && !counts(enrolled)) continue;
    const state = await stateOf(one, enrolled, named);
    for (const signed of term(said, 'signed')) {
      const record = documents.find(({ id }) => id === term(signed, 'record').id);
      if (record) found[state === 'bad' || !isOf(record, signed, by(one)) ? 'bad' : state].add(record.id);
    }
  }
  return found;
}

const isOf = (record, signed, organisation) =>
  base64url(hashOf(record.document)) === term(signed, 'sha256') && by(record) === organisation;

const hashOf = ({ proof: _, ...document }) => sha256(canonicalise(document));

async function stateOf(one, enrolled, named) {
  if (!enrolled || enrolled.index >= one.index) return 'bad';
  const key = enrolled.document.credentialSubject;
  if (by(enrolled) !== by(one) || term(key, 'about')?.id !== by(one)) return 'bad';
  const withdrawn = named.some((word) =>
    term(word.document.credentialSubject, 'state') === 'withdrawn' && by(word) === by(one) && word.index < one.index);
  if (withdrawn) return 'bad';
  const said = one.document.credentialSubject;
  try {
    const data = unbase64url(term(said, 'authenticatorData'));
    const client = unbase64url(term(said, 'clientDataJSON'));
    if (!answersTo(JSON.parse(text(client)), data, challengeOf(term(said, 'signed')), key)) return 'bad';
    return await fits(term(key, 'publicKeyJwk'), unbase64url(term(said, 'signature')), concat(data, sha256(client)));
  } catch {
    return 'bad';
  }
}

function challengeOf(signed) {
  const hashes = signed.map((one) => term(one, 'sha256'));
  return hashes.length === 1 ? hashes[0] : base64url(sha256(canonicalise(hashes)));
}

function answersTo(client, data, challenge, key) {
  return client.type === 'webauthn.get'
    && client.challenge === challenge
    && client.origin === term(key, 'origin')
    && !client.crossOrigin
    && data.length >= 37
    && same(data.slice(0, 32), sha256(utf8(term(key, 'rpId'))))
    && (data[32] & USER_PRESENT) !== 0
    && (data[32] & USER_VERIFIED) !== 0;
}

const KINDS = {
  ES256: [{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }, ['kty', 'crv', 'x', 'y']],
  RS256: [{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, { name: 'RSASSA-PKCS1-v1_5' }, ['kty', 'n', 'e']],
};

// good, bad, or unseen: without WebCrypto, as on plain http, only Ed25519 can be checked.
async function fits(jwk, signature, message) {
  const algorithm = term(jwk, 'alg');
  if (algorithm === 'EdDSA') {
    await verify(unbase64url(term(jwk, 'x')), signature, message);
    return 'good';
  }
  const subtle = globalThis.crypto?.subtle;
  if (!KINDS[algorithm]) return 'bad';
  if (!subtle) return 'unseen';
  const [kind, how, members] = KINDS[algorithm];
  const plain = Object.fromEntries(members.map((name) => [name, term(jwk, name)]));
  const key = await subtle.importKey('jwk', plain, kind, false, ['verify']);
  const raw = algorithm === 'ES256' ? rawOf(signature) : signature;
  return (await subtle.verify(how, key, raw, message)) ? 'good' : 'bad';
}

// An ECDSA signature as WebCrypto takes it, r and s of 32 bytes each, from ASN.1 DER as authenticators write it.
function rawOf(der) {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new Error('not DER');
  const raw = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1];
    if (der[at] !== 0x02 || at + 2 + length > der.length) throw new Error('not DER');
    const number = der.slice(at + 2, at + 2 + length);
    const digits = number[0] === 0 ? number.slice(1) : number;
    if (digits.length > 32) throw new Error('not of this curve');
    raw.set(digits, end - digits.length);
    at += 2 + length;
  }
  if (at !== der.length) throw new Error('not DER');
  return raw;
}

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

function unbase64url(written) {
  const bytes = Uint8Array.from(atob(written.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
  if (base64url(bytes) !== written) throw new Error('not base64url');
  return bytes;
}
