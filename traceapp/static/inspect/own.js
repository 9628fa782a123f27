// Keys of other bodies that sign for themselves: a certifier's word on a certificate, carried by the service. Only the
// root key says whose such a key is, in a KeyRecord that its holder signed too; what counts is the order of the log.

import { decode } from './base58.js';
import { hex, sha256, text, utf8 } from './bytes.js';
import { verify } from './ed25519.js';
import { parseCanonical } from './jcs.js';
import { instant, verifyBy } from './records.js';
import { malformed, Refusal } from './refusal.js';
import { didWeb, parseMultikey } from './trust.js';

const SAYABLE = ['traceapp:CertificateState', 'traceapp:CertificateVisit'];
const subjectOf = (document) => document.credentialSubject ?? {};

export const isKeyRecord = (document) => Array.isArray(document.type) && document.type.includes('KeyRecord');

// Whether a record's bytes are signed by whoever else than the service; what is no record is the service's to refuse.
export function isForeign(bytes, host) {
  try {
    const { proof } = JSON.parse(text(bytes));
    return typeof proof?.verificationMethod === 'string' && proof.verificationMethod.split('#')[0] !== didWeb(host);
  } catch {
    return false;
  }
}

// The own keys that records told of so far, taught in the order of the log.
export class OwnKeys {
  #keys = new Map();

  // `told` is {document, index, state}. Throws a Refusal where a binding is not what its holder signed.
  async learn(told, host) {
    try {
      await this.#learn(told, host);
    } catch (cause) {
      throw cause instanceof Refusal ? cause : malformed(`this record of a key breaks its own shape: ${cause.message}`);
    }
  }

  async #learn({ document, index, state }, host) {
    const said = subjectOf(document);
    if (said.type === 'traceapp:OwnKey' && isKeyRecord(document)) {
      const raw = await bound(said, host);
      if (state === 'good' && !this.#keys.has(said.id)) this.#keys.set(said.id, begun(document, said, raw, index));
    }
    if (said.type === 'traceapp:OwnKeyEnd') this.#end(document, said, index);
  }

  #end(document, said, index) {
    const key = this.#keys.get(said.id);
    if (!key || !(isKeyRecord(document) || document['traceapp:declaredBy'].id === key.organisation)) return;
    const lost = said['traceapp:compromisedSince'];
    key.ended ??= index;
    if (lost !== undefined) key.lost = Math.min(key.lost ?? Infinity, instant(lost));
  }

  called = (method) => this.#keys.get(method);

  find(method, index) {
    const key = this.#keys.get(method);
    if (!key || index <= key.bound) throw new Refusal('unknown-key', `no KeyRecord tells whose ${method.slice(0, 160)} is`);
    if (key.ended !== null && index > key.ended) throw new Refusal('key-not-valid', 'the key had ended', 'key-retired');
    return key;
  }
}

const begun = (document, said, raw, index) => ({
  raw, organisation: said['traceapp:about'].id, method: said.id, bound: index, ended: null, lost: null,
  validFrom: instant(document.validFrom), retired: null, compromised: null,
});

// The key that a KeyRecord binds: named by its DID, and signed for by its holder.
async function bound(said, host) {
  const [name, organisation] = [said['traceapp:publicKeyMultibase'], said['traceapp:about']?.id];
  const method = String(said.id);
  const did = method.split('#')[0];
  let raw;
  try {
    raw = parseMultikey(name);
  } catch (cause) {
    throw malformed(cause.message);
  }
  const named = did === `did:key:${name}` ? method === `${did}#${name}` : namesKey(said['traceapp:didDocument'], did, method, name, raw);
  if (!named) throw malformed(`${method.slice(0, 160)} does not name this key`);
  const words = ['traceapp-own-key-v1', host, organisation, method, name, said['traceapp:nonce']].join('\n');
  const proof = String(said['traceapp:possession']);
  if (proof[0] !== 'z' || proof.length > 100) throw malformed('no proof of possession');
  await verify(raw, decode(proof.slice(1)), utf8(words), 'its holder did not sign for this key');
  return raw;
}

// Whether a did:web's document, as the log keeps it, lets this method assert with this key.
function namesKey(kept, did, method, name, raw) {
  if (!did.startsWith('did:web:') || typeof kept !== 'string') return false;
  const told = parseCanonical(utf8(kept));
  const full = (one) => (typeof one === 'string' && one[0] === '#' ? did + one : one);
  const fits = (one) => full(one?.id) === method && one.controller === did && keyIs(one, name, raw);
  const methods = [...(told.verificationMethod ?? []), ...(told.assertionMethod ?? [])].filter(fits);
  return told.id === did && methods.length > 0 && (told.assertionMethod ?? []).some((one) => full(one?.id ?? one) === method);
}

function keyIs({ publicKeyMultibase: multikey, publicKeyJwk: jwk }, name, raw) {
  if (typeof multikey === 'string') return multikey === name;
  const x = btoa(String.fromCharCode(...raw)).replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
  return jwk?.kty === 'OKP' && jwk.crv === 'Ed25519' && jwk.x === x;
}

// A record signed by an own key, as it stands at `index`: {document, key}.
export async function verifyOwn(bytes, keys, index) {
  return verifyBy(bytes, (method, document) => {
    const key = keys.find(method, index);
    requireSayable(document, key);
    return key;
  });
}

function requireSayable(document, key) {
  const said = subjectOf(document);
  const wrong = (reason) => new Refusal('key-not-valid', reason);
  if (document['traceapp:declaredBy']?.id !== key.organisation) throw wrong('this is another body’s key');
  const type = JSON.stringify(document.type);
  if (type !== '["VerifiableCredential","CertificateRecord"]' || !SAYABLE.includes(said.type)) throw wrong('no own key signs this');
  if (typeof said['traceapp:declaration']?.id !== 'string') throw wrong('it names no declaration');
  const hidden = ['traceapp:personal', 'traceapp:assistedBy'].some((name) => name in document);
  if (document['traceapp:disclosure'] !== 'public' || hidden) throw wrong('what an own key signs is public');
}

// Judges what own keys signed, once all is read: the same as the service's own verifier (core/own_words.py). `all` is in
// the order of the log, each {id, index, document, state, own, time, body}; returns those that are still to be told.
export function judgeOwn(all, keys) {
  const declared = new Map();
  for (const { id, document, body } of all) {
    const said = document ? subjectOf(document) : {};
    if (said.type === 'traceapp:Certificate' && !declared.has(said.id)) declared.set(said.id, [id, hex(sha256(body))].join());
  }
  for (const one of all.filter((found) => found.own && found.state === 'good')) judgeWord(one, keys, declared);
  const about = ({ document }) => [subjectOf(document).id, document['traceapp:declaredBy'].id].join();
  const last = new Map();
  for (const one of all) {
    if (one.state === 'good' && subjectOf(one.document).type === 'traceapp:CertificateState') last.set(about(one), one.index);
  }
  return all.filter((one) => !(one.own && one.state === 'key-revoked') || !((last.get(about(one)) ?? -1n) > one.index));
}

function judgeWord(one, keys, declared) {
  const said = subjectOf(one.document);
  const { id, 'traceapp:sha256': digest } = said['traceapp:declaration'];
  const expected = declared.get(said.id);
  if (expected !== undefined && expected !== [id, digest].join()) {
    Object.assign(one, { state: 'tampered', problem: 'other-declaration', reason: 'it speaks about another declaration', document: null });
    return;
  }
  const { lost } = keys.called(one.own.method);
  if (lost !== null && !(one.time !== null && one.time * 1000 < lost)) one.state = 'key-revoked';
}

// The own keys by which certificates are confirmed: those whose issuer, and nobody else, said so last, unless whoever
// declared one took it back before. Of `checkBundle`.
export function confirmingKeys({ checks, documents }) {
  const byId = new Map(checks.map((check) => [check.id, check]));
  const [declared, last] = [new Map(), new Map()];
  for (const { document } of documents) {
    const said = subjectOf(document);
    const parties = { issuer: said['traceapp:issuer']?.id, holder: document['traceapp:declaredBy']?.id };
    if (said.type === 'traceapp:Certificate' && !declared.has(said.id)) declared.set(said.id, parties);
  }
  for (const { id, document } of documents) {
    const said = subjectOf(document);
    const [by, parties] = [document['traceapp:declaredBy']?.id, declared.get(said.id)];
    if (said.type !== 'traceapp:CertificateState' || !parties) continue;
    if (said['traceapp:state'] === 'withdrawn') {
      if (by === parties.holder && by !== parties.issuer && !last.has(said.id)) declared.delete(said.id);
      continue;
    }
    if (parties.issuer !== by) continue;
    const [{ state, own }, confirms] = [byId.get(id), said['traceapp:state'] === 'confirmed'];
    if (state === 'good' || !confirms) last.set(said.id, confirms && own ? own : null);
  }
  return [...new Map([...last.values()].filter(Boolean).map((key) => [key.method, key])).values()];
}
