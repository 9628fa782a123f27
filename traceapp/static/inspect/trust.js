// The trust file: public keys with their history, hosts, the log and its witnesses. The first one is pinned; after
// that a lower version, the same version with other bytes, another HOST or an unknown root are refused.

import { decode } from './base58.js';
import { hex, same, unhex } from './bytes.js';
import { parseCanonical } from './jcs.js';
import { ED25519, keyId } from './note.js';
import { readPolicy } from './policy.js';
import { instant, member, requireValidAt, verifyProof } from './records.js';
import { malformed, Refusal } from './refusal.js';

const ROLES = ['root', 'record', 'label', 'log', 'serial'];

export const didWeb = (host) => `did:web:${host.replaceAll(':', '%3A')}`;

// Read and verify a trust file; with `pinned` (what this returned for an earlier one) also as its successor.
export async function readTrust(bytes, pinned = null) {
  const found = parseTrust(bytes);
  if (pinned && same(bytes, pinned.bytes)) return found;
  if (pinned) requireSuccessor(found, pinned);
  await requireRoot(parseCanonical(bytes), found, pinned);
  return found;
}

// The newest trust file, reached from the pinned one; `fetch(version)` gives the bytes of those between. Where the root
// changed since, only the file that changed it is signed by both: it is a step that cannot be left out.
export async function followTrust(fetch, newest, pinned) {
  const wanted = parseTrust(newest);
  for (;;) {
    try {
      return await readTrust(newest, pinned);
    } catch (cause) {
      const between = cause.problem === 'unknown-root' && wanted.version > pinned.version + 1;
      if (!between) throw cause;
    }
    pinned = await readTrust(await fetch(pinned.version + 1), pinned);
  }
}

// Each proof is by a root key that the file itself names; one of them, where one is pinned, by a root key of that.
async function requireRoot(document, found, pinned) {
  const proofs = Array.isArray(document.proof) ? document.proof : [document.proof];
  const right = proofs.every((one) => one && typeof one === 'object') && (proofs.length === 2 || !Array.isArray(document.proof));
  if (!right) throw malformed('a trust file carries one proof, or two where its root changes');
  const known = pinned ?? found;
  const trusted = [];
  for (const proof of proofs) {
    const key = await signerOf(document, proof, known, found);
    if (key) trusted.push(key);
  }
  if (!trusted.length) throw new Refusal('unknown-key', 'no pinned root key signed this trust file', 'unknown-root');
  if (trusted.some((root) => root.compromised !== null || (pinned && root.retired !== null))) throw rootGone(found);
}

// The key of a proof as the pinned file knows it; null where only the file itself names it.
async function signerOf(document, proof, known, found) {
  const method = member(proof, 'verificationMethod');
  let key;
  try {
    key = known.keyring.find(method, 'root');
  } catch (cause) {
    if (known === found || cause.code !== 'unknown-key') throw cause;
    key = found.keyring.find(method, 'root');
  }
  if (document.issuer !== method.split('#')[0]) throw new Refusal('key-not-valid', 'the issuer is not who holds the key');
  await verifyProof(document, proof, key.raw);
  requireValidAt(key, instant(member(proof, 'created')));
  return known.keys.includes(key) ? key : null;
}

const rootGone = (found) =>
  new Refusal('key-not-valid', `the root key may not sign version ${found.version} any more`, 'root-retired');

function requireSuccessor(found, pinned) {
  const values = { version: found.version, pinned: pinned.version, host: found.host };
  if (found.host !== pinned.host) {
    throw new Refusal('unknown-key', `this trust file is of ${found.host}, not of ${pinned.host}`, 'trust-host', values);
  }
  if (found.version < pinned.version) {
    throw new Refusal('key-not-valid', `version ${found.version} is older than ${pinned.version}`, 'trust-older', values);
  }
  if (found.version === pinned.version) {
    throw new Refusal('key-not-valid', `two files call themselves version ${found.version}`, 'trust-other', values);
  }
}

// A trust file as it stands, its signature not looked at.
export function parseTrust(bytes) {
  const document = parseCanonical(bytes);
  try {
    return read(document, bytes);
  } catch (cause) {
    throw malformed(`this is no trust file: ${cause.message}`, 'no-trust-file');
  }
}

function read(document, bytes) {
  const subject = document.credentialSubject;
  const host = document.issuer.replace(/^did:web:/, '').replaceAll('%3A', ':');
  const own = JSON.stringify(document.type) === '["VerifiableCredential","TrustList"]';
  if (!own || document.issuer !== didWeb(host) || subject.id !== didWeb(host)) throw new Error('it is of no one service');
  const keys = subject['traceapp:keys'].map(readKey);
  const policy = readPolicy(subject['traceapp:logPolicy']);
  requireLogKeys(policy.logs, host, keys);
  const version = subject['traceapp:version'];
  const hosts = subject['traceapp:hosts'];
  if (!Number.isInteger(version) || !hosts.every((one) => typeof one === 'string')) throw new Error('version or hosts');
  return {
    host, version, hosts, keys, bytes,
    validFrom: instant(document.validFrom),
    validUntil: instant(document.validUntil),
    log: policy.logs[0],
    logKeys: logKeysOf(host, keys),
    policy,
    vocabulary: subject['traceapp:vocabulary']['traceapp:sha256'],
    keyring: keyring(host, keys),
  };
}

function readKey(terms) {
  const role = terms['traceapp:role'];
  if (!ROLES.includes(role)) throw new Error(`role ${role}`);
  const name = terms['traceapp:key'];
  return {
    role, name,
    raw: role === 'serial' ? unhex(name) : parseMultikey(name),
    validFrom: instant(terms['traceapp:validFrom']),
    retired: when(terms['traceapp:retired']),
    compromised: when(terms['traceapp:compromisedSince']),
    first: sizeOf(terms['traceapp:fromSize']),
  };
}

function sizeOf(first = 0) {
  if (!Number.isSafeInteger(first)) throw new Error(`a key begins at ${first}`);
  return first;
}

const when = (written) => (written === undefined ? null : instant(written));

export function parseMultikey(name) {
  const data = name[0] === 'z' && name.length < 80 ? decode(name.slice(1)) : [];
  if (data.length !== 34 || data[0] !== 0xed || data[1] !== 0x01) throw new Error(`no Ed25519 key: ${name.slice(0, 80)}`);
  return data.slice(2);
}

// Keys by the name that a proof gives them: `did:web:HOST#multikey`.
function keyring(host, keys) {
  const byName = new Map(keys.filter((key) => key.role !== 'serial').map((key) => [key.name, key]));
  return {
    find(method, role) {
      const [controller, name] = [method.split('#')[0], method.split('#').slice(1).join('#')];
      const key = byName.get(name);
      if (!key || controller !== didWeb(host)) {
        throw new Refusal('unknown-key', `no trusted key is called ${method.slice(0, 160)}`);
      }
      if (key.role !== role) throw new Refusal('key-not-valid', `a ${key.role} key may not sign as ${role}`);
      return key;
    },
  };
}

function requireLogKeys(logs, host, keys) {
  const usable = keys.filter((key) => key.role === 'log' && key.compromised === null);
  const own = (log) => log.name === `${host}/log` && usable.some((key) => same(key.raw, log.key));
  if (!logs.length || !logs.every(own)) throw new Error('a log key of its policy is none of its log keys');
}

// Every key that ever signed the log as notes name it, oldest first.
function logKeysOf(host, keys) {
  const name = `${host}/log`;
  const own = keys.filter((key) => key.role === 'log');
  own.sort((a, b) => a.first - b.first || Number(a.retired === null) - Number(b.retired === null));
  return own.map(({ raw, first, compromised }) => ({ name, id: hex(keyId(name, ED25519, raw)), key: raw, first, compromised }));
}
