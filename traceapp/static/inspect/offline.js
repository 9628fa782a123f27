// A bundle checked with nothing but itself and the pinned trust file, in the order of the service's own verifier:
// 1. the trust file verifies; 2. each log entry is proved by a checkpoint that the log's key signed, and all of these
// agree; 3. each record is what its entry names, canonical, and signed by a record key, or by the own key of the body
// that speaks; 4. witnesses' cosignatures fit.

import { unpack } from './bundle.js';
import { hex, same, sha256 } from './bytes.js';
import { cosignedAmong } from './cosigning.js';
import { doubtsAmong } from './doubts.js';
import { canonicalise, parseCanonical } from './jcs.js';
import { parseLabel, verifyLabel } from './label.js';
import { cosignatureTimes, parseProof, proofReader, requireSeenInTime } from './note.js';
import { quorumTime } from './policy.js';
import { isForeign, isKeyRecord, judgeOwn, OwnKeys, verifyOwn } from './own.js';
import { verifyBy } from './records.js';
import { malformed, Refusal } from './refusal.js';
import { parseTrust, readTrust } from './trust.js';

const CONTEXTS = {
  'www.w3.org-ns-credentials-v2': '59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734',
  'ref.gs1.org-standards-epcis-2.0.0-epcis-context.jsonld': 'e532647e8eb371379b8b0e8602d8981c8566bc60f7351f22c76a5bc865962008',
};

const README = 'c433a656ada3c4a9a80290986ad177c3222ca7134e3a9f268ae09b4a4f46fd9a';

// {label, trust, refused, checks, documents, code, size, witnessed, restricted}. `checks` holds each record's
// {id, state, problem, own}: good, tampered, key-revoked or cannot-be-checked; `own` is the body's key that signed, if it
// was one. `cosigned` and `doubts` are of cosigning.js and doubts.js. Throws malformed for what cannot be read.
export async function checkBundle(data, pinned = null) {
  const bundle = unpack(data);
  let trust;
  try {
    trust = await readTrust(bundle.trust, pinned);
  } catch (cause) {
    if (!(cause instanceof Refusal) || cause.code === 'malformed') throw cause;
    return refused(bundle, cause, pinned);
  }
  const label = labelOf(bundle, trust.hosts);
  const found = await proveAll(bundle, trust);
  found.checks.push(...contextChecks(bundle, trust), ...readmeChecks(bundle));
  requireOwn(found, label, trust);
  found.doubts = doubtsAmong(found.documents);
  const doubtful = new Set(found.doubts.flatMap(({ records }) => records));
  found.cosigned = await cosignedAmong(found.documents, ({ id }) => !doubtful.has(id));
  const code = label.serial === null || !label.signatures.length ? null : await verifyLabel(label, trust);
  return { label, trust, code, pinned: pinned !== null, ...found };
}

function refused(bundle, cause, pinned) {
  const label = labelOf(bundle, null);
  const trust = pinned ?? parseTrust(bundle.trust);
  return { label, trust, refused: cause, checks: [], documents: [], code: null, size: 0n, restricted: bundle.entries.size };
}

function labelOf(bundle, hosts) {
  const label = parseLabel(bundle.label ?? '');
  if (hosts && !hosts.includes(label.host)) {
    throw malformed(`label.txt is of ${label.host}, which is none of this service's hosts`, 'foreign-bundle', { host: label.host });
  }
  return label;
}

function requireOwn(found, label, trust) {
  if (found.checks.some(({ state }) => ['tampered', 'key-revoked'].includes(state))) return;
  const about = new Set(found.documents.map(({ document }) => document.credentialSubject?.id));
  const product = `https://${trust.host}${label.path.split('/').slice(0, 3).join('/')}`;
  const lot = label.lot === null ? product : lotId(label, trust.host);
  if (!about.has(product) || !about.has(lot)) throw malformed('this bundle holds no record of what its label names', 'empty-bundle');
}

// A variant is printed, but is no other lot.
export function lotId(label, host) {
  const segments = label.lotPath.split('/');
  return `https://${host}${[...segments.slice(0, 3), '10', segments.at(-1)].join('/')}`;
}

async function proveAll(bundle, trust) {
  const quorum = async (note, signer) => {
    const time = quorumTime(trust.policy, await cosignatureTimes(note, trust.policy.witnesses));
    requireSeenInTime(signer, time);
    return time;
  };
  const read = proofReader(trust.logKeys, quorum);
  const found = { checks: [], documents: [], size: 0n, restricted: 0, witnessed: null };
  const roots = new Map();
  const one = async ([uuid, proof]) => {
    const id = `https://${trust.host}/records/${uuid}`;
    try {
      return { id, ...(await proveOne(id, bundle.records.get(uuid), bundle.entries.get(uuid), proof, trust, read)) };
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      return { id, state: stateOf(cause), problem: cause.problem, reason: cause.message };
    }
  };
  const sorted = [...bundle.proofs].sort(([a], [b]) => (a < b ? -1 : 1));
  const proved = await Promise.all(sorted.map(one));
  const keys = await ownWords(proved, trust);
  const order = proved.filter((done) => done.index !== undefined).sort((a, b) => (a.index < b.index ? -1 : 1));
  const told = new Set(judgeOwn(order, keys));
  for (const done of proved) if (done.index === undefined || told.has(done)) gather(found, done, roots);
  found.documents.sort((a, b) => (a.index < b.index ? -1 : 1));
  const times = (await read.told()).map(({ value }) => value ?? null);
  found.witnessed = times.length && !times.includes(null) ? Math.max(...times) : null;
  return found;
}

function gather(found, done, roots) {
  const { id, state, checkpoint, document, index, own } = done;
  if (checkpoint) {
    const known = roots.get(checkpoint.size) ?? checkpoint.root;
    roots.set(checkpoint.size, known);
    if (!same(known, checkpoint.root)) {
      found.checks.push({ id, state: 'tampered', problem: 'two-roots', reason: 'the log signed two roots for one size' });
      return;
    }
    if (checkpoint.size > found.size) found.size = checkpoint.size;
  }
  if (state === 'restricted') found.restricted += 1;
  else found.checks.push({ id, state, problem: done.problem, reason: done.reason, own });
  if (document) found.documents.push({ id, document, index });
}

async function proveOne(id, body, bare, proofBytes, trust, read) {
  const entry = bare ?? entryOf(id, body);
  if (readEntry(entry).id !== id) throw malformed(`the entry filed under ${id} names another record`);
  const proof = parseProof(proofBytes);
  const checkpoint = await read(proof, entry);
  const at = { checkpoint, index: proof.index };
  try {
    const time = await checkpoint.told;
    if (body === undefined) return { ...at, state: 'restricted' };
    if (isForeign(body, trust.host)) return { ...at, state: 'foreign', body, time };
    const find = (method, document) => trust.keyring.find(method, isKeyRecord(document) ? 'root' : 'record');
    const { document, key } = await verifyBy(body, find);
    requireNamed(document, id);
    const stands = key.compromised === null || (time !== null && time * 1000 < key.compromised);
    return { ...at, state: stands ? 'good' : 'key-revoked', document, body, time };
  } catch (cause) {
    return { ...at, ...refusedAs(cause) };
  }
}

function requireNamed(document, id) {
  if (document.id !== id) throw malformed(`these bytes are ${String(document.id).slice(0, 120)}, stored as ${id}`);
}

function refusedAs(cause) {
  if (!(cause instanceof Refusal)) throw cause;
  return { state: stateOf(cause), problem: cause.problem, reason: cause.message };
}

// What becomes of a record whose proof was refused.
const stateOf = ({ code }) => (['cannot-be-checked', 'key-revoked'].includes(code) ? code : 'tampered');

// What bodies signed with keys of their own, verified with the keys that records before it tell of: in log order.
async function ownWords(proved, trust) {
  const keys = new OwnKeys();
  const order = proved.filter((done) => done.document || done.state === 'foreign');
  for (const done of order.sort((a, b) => (a.index < b.index ? -1 : 1))) {
    try {
      if (done.state !== 'foreign') {
        await keys.learn(done, trust.host);
        continue;
      }
      const { document, key } = await verifyOwn(done.body, keys, done.index);
      requireNamed(document, done.id);
      Object.assign(done, { document, own: key, state: 'good' });
    } catch (cause) {
      Object.assign(done, refusedAs(cause), { document: undefined });
    }
  }
  return keys;
}

const entryOf = (id, body) => canonicalise({ id, sha256: hex(sha256(body)), t: 'record', v: 1 });

function readEntry(entry) {
  if (entry.length > 65535) throw malformed('a log entry has at most 65,535 bytes');
  const value = parseCanonical(entry);
  if (value.v !== 1 || value.t !== 'record') throw new Refusal('cannot-be-checked', 'a log entry of another version');
  const right = Object.keys(value).length === 4 && typeof value.id === 'string' && typeof value.sha256 === 'string';
  if (!right) throw malformed('a record’s log entry holds exactly id, sha256, t and v');
  return value;
}

// The contexts say what the records' words mean to other verifiers: nobody may slip in others.
function* contextChecks(bundle, trust) {
  const own = contextName(`https://${trust.host}/vocab/v1`);
  const known = { ...CONTEXTS, [own]: trust.vocabulary };
  for (const [name, data] of [...bundle.contexts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const expected = Object.hasOwn(known, name) ? known[name] : null;
    if (expected === null) yield { id: name, state: 'cannot-be-checked', problem: 'context' };
    else if (hex(sha256(data)) !== expected) yield { id: name, state: 'tampered', problem: 'context' };
  }
}

// What a bundle tells its reader to do: words that are not ours were written by somebody, for something.
function* readmeChecks({ readme }) {
  if (readme && hex(sha256(readme)) !== README) yield { id: 'README.txt', state: 'cannot-be-checked', problem: 'context' };
}

const contextName = (url) => url.split('://')[1].toLowerCase().replace(/[^a-z0-9.-]/g, '-');
