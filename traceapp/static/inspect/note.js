// Signed notes, checkpoints, cosignatures and tlog-proofs (C2SP). Keys are {name, algorithm, key, id}.

import { concat, hex, same, sha256, text, unbase64, utf8 } from './bytes.js';
import { verify } from './ed25519.js';
import { leafHash, verifyInclusion } from './merkle.js';
import { malformed, Refusal } from './refusal.js';

export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;

const MOST_SIGNATURES = 100;
const MOST_BYTES = 256 * 1024;
const MOST_HASHES = 63;
const LARGEST = 2n ** 63n - 1n;
const MARK = '\u2014 ';
const CONTROL = /[\x00-\x09\x0b-\x1f]/;
const NAME = /^[^\s+\x00-\x1f\ud800-\udfff]+$/;
const LINE = /^[^\x00-\x1f\ud800-\udfff]+$/;

export const keyId = (name, algorithm, key) =>
  sha256(concat(utf8(`${name}\n`), Uint8Array.of(algorithm), key)).slice(0, 4);

// `name+id+key`, as a policy names a log or a witness.
export function parseKey(vkey) {
  const [, name, id, encoded] = /^([^+]*)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [];
  const data = unbase64(encoded ?? '');
  if (!data.length) throw malformed(`${vkey.slice(0, 200)} is no verifier key`);
  const [algorithm, key] = [data[0], data.slice(1)];
  if (![ED25519, COSIGNATURE].includes(algorithm)) {
    throw new Refusal('cannot-be-checked', `key ${name}: signature type ${algorithm} is not known`);
  }
  requireName(name);
  if (key.length !== 32) throw malformed(`key ${name}: expected 32 bytes, got ${key.length}`);
  if (hex(keyId(name, algorithm, key)) !== id) throw malformed(`key ${name}: its id does not fit it`);
  return { name, algorithm, key, id };
}

// A note's text with its final newline, and its signatures. Nothing in it is verified.
export function parseNote(bytes) {
  if (bytes.length > MOST_BYTES) throw malformed(`a note of ${bytes.length} bytes is too long`);
  const whole = readText(bytes);
  const end = whole.lastIndexOf('\n\n');
  if (end < 0) throw malformed('a signed note needs a blank line between its text and its signatures');
  const lines = whole.slice(end + 2);
  if (!lines.endsWith('\n')) throw malformed('the signature lines must end in a newline');
  const signatures = lines.slice(0, -1).split('\n').map(parseSignature);
  if (signatures.length > MOST_SIGNATURES) throw malformed(`${signatures.length} signatures are too many`);
  return { body: whole.slice(0, end + 1), signatures };
}

function parseSignature(line) {
  const [, name, encoded] = /^\u2014 ([^ ]*) (.*)$/.exec(line) ?? [];
  if (!line.startsWith(MARK) || name === undefined) throw malformed(`no signature line: ${line.slice(0, 80)}`);
  requireName(name);
  const data = unbase64(encoded);
  if (data.length <= 4) throw malformed(`signature by ${name}: only ${data.length} bytes`);
  return { name, id: hex(data.slice(0, 4)), signature: data.slice(4) };
}

function parseCheckpoint(body) {
  const lines = body.split('\n');
  if (lines.length < 4 || lines.pop() !== '') throw malformed('expected a checkpoint of three lines or more');
  const [origin, size, root, ...extensions] = lines;
  if (![origin, ...extensions].every((line) => LINE.test(line))) throw malformed('a line of the checkpoint is empty');
  return { origin, size: readNumber(size), root: readHash(root), extensions };
}

// The checkpoint that one of the log's keys signed: {name, id, key, first, compromised}, oldest first, `first` being the
// size at which a key began. Other keys' signatures are not looked at. `signer` is on whose word it counts.
export async function verifyCheckpoint(bytes, logKeys) {
  const note = parseNote(bytes);
  const by = (key) => note.signatures.filter((one) => one.name === key.name && one.id === key.id);
  const signers = logKeys.filter((key) => by(key).length);
  if (!signers.length) {
    const said = note.signatures.slice(0, 16).map((one) => `${one.name}+${one.id}`).join(', ');
    throw new Refusal('unknown-key', `no signature by a log key of ${logKeys[0].name}; signed by ${said}`, 'other-log-key');
  }
  for (const key of signers) {
    for (const { signature } of by(key)) await verify(key.key, signature, utf8(note.body), 'the log did not sign this');
  }
  const checkpoint = parseCheckpoint(note.body);
  if (checkpoint.origin !== signers[0].name) {
    throw new Refusal('unknown-key', `expected a checkpoint of ${signers[0].name}, got one of ${checkpoint.origin}`);
  }
  return { ...checkpoint, signer: counting(checkpoint, signers, logKeys) };
}

// From the size on at which a key began, a checkpoint counts only with its signature, or a later key's: whoever finds a
// retired key cannot continue the log with it.
function counting({ size }, signers, logKeys) {
  const began = logKeys.filter((key) => BigInt(key.first) <= size).length - 1;
  const good = signers.filter((key) => logKeys.indexOf(key) >= began);
  if (!good.length) {
    throw new Refusal('key-not-valid', `a retired log key alone signed the checkpoint of ${size} entries`, 'log-key-retired');
  }
  return good.filter((key) => key.compromised === null).pop() ?? good.pop();
}

// What a log key signed that was lost later counts where a quorum of witnesses saw it before; `seen` in POSIX seconds.
export function requireSeenInTime({ compromised }, seen) {
  if (compromised === null || (seen !== null && seen * 1000 < compromised)) return;
  throw new Refusal('key-revoked', 'the log’s key was in other hands, and no quorum of witnesses saw this before', 'log-key-lost');
}

// When each of these witnesses saw the checkpoint, in POSIX seconds, by `name+id` of its key. A known witness's bad signature throws.
export async function cosignatureTimes(bytes, witnesses) {
  const { body, signatures } = parseNote(bytes);
  parseCheckpoint(body);
  const times = new Map();
  for (const witness of witnesses) {
    const { name, id } = witness;
    for (const one of signatures.filter((each) => each.name === name && each.id === id)) {
      const time = await verifyTime(body, one.signature, witness);
      times.set(`${name}+${id}`, Math.min(time, times.get(`${name}+${id}`) ?? Infinity));
    }
  }
  return times;
}

async function verifyTime(body, signature, witness) {
  const time = signature.slice(0, 8).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  if (time > LARGEST) throw new Refusal('bad-signature', `cosignature by ${witness.name}: its time is impossible`);
  const says = `the cosignature by ${witness.name} does not fit the checkpoint`;
  const message = utf8(`cosignature/v1\ntime ${time}\n${body}`);
  try {
    await verify(witness.key, signature.slice(8), message, says);
  } catch (cause) {
    throw new Refusal(cause.code, says, 'witness-lies', { witness: witness.name });
  }
  return Number(time);
}

// A tlog-proof as read, nothing in it verified.
export function parseProof(bytes) {
  if (bytes.length > 2 * MOST_BYTES) throw malformed(`a proof of ${bytes.length} bytes is too long`);
  const end = bytes.findIndex((byte, at) => byte === 10 && bytes[at + 1] === 10);
  if (end < 0) throw malformed('expected a blank line before the checkpoint');
  const [header, ...lines] = readText(bytes.slice(0, end)).split('\n');
  requireVersion(header);
  if (lines[0]?.startsWith('extra ') && !unbase64(lines.shift().slice(6)).length) {
    throw malformed('an extra line without data must be left out');
  }
  const [word, number, ...more] = (lines.shift() ?? '').split(' ');
  if (word !== 'index' || number === undefined || more.length) throw malformed('expected an index line in the proof');
  if (lines.length > MOST_HASHES) throw malformed(`a proof has at most ${MOST_HASHES} hashes, got ${lines.length}`);
  return { index: readNumber(number), path: lines.map(readHash), checkpoint: bytes.slice(end + 2) };
}

function requireVersion(header) {
  if (header === 'c2sp.org/tlog-proof@v1') return;
  if (header.startsWith('c2sp.org/tlog-proof@')) {
    throw new Refusal('cannot-be-checked', `proof format ${header.slice(0, 80)} is not known here`);
  }
  throw malformed('expected c2sp.org/tlog-proof@v1 in the first line');
}

// A reader of proofs that verifies each checkpoint once: the proofs of a bundle mostly share one. `beside` is asked
// once for what else there is to say of a checkpoint; what it throws is thrown by `told`.
export function proofReader(logKeys, beside = () => null) {
  const seen = [];
  const read = async (proof, entry) => {
    let known = seen.find(({ bytes }) => same(bytes, proof.checkpoint));
    if (!known) seen.push((known = { bytes: proof.checkpoint, verified: verifyCheckpoint(proof.checkpoint, logKeys) }));
    const checkpoint = await known.verified;
    verifyInclusion(leafHash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root);
    known.beside ??= Promise.resolve(beside(proof.checkpoint, checkpoint.signer));
    return { ...checkpoint, told: known.beside };
  };
  return Object.assign(read, { told: () => Promise.allSettled(seen.map((one) => one.beside ?? null)) });
}

function readText(bytes) {
  const whole = text(bytes);
  const control = CONTROL.exec(whole);
  if (control) throw malformed(`control character at ${control.index} is not allowed`);
  return whole;
}

function readNumber(digits) {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(digits) || BigInt(digits) > LARGEST) {
    throw malformed(`expected a decimal number, got ${digits.slice(0, 80)}`);
  }
  return BigInt(digits);
}

function readHash(encoded) {
  const hash = unbase64(encoded);
  if (hash.length !== 32) throw malformed(`expected a hash of 32 bytes, got ${hash.length}`);
  return hash;
}

function requireName(name) {
  if (!NAME.test(name ?? '')) throw malformed(`key name ${String(name).slice(0, 80)}: no spaces, no plus signs`);
}
