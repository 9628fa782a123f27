// A bundle is a canonical ZIP: sorted names, stored, one timestamp. A reader builds it again from what it read and
// compares the bytes, so that nothing hides between entries.

import { concat, same, text, utf8 } from './bytes.js';
import { malformed } from './refusal.js';

const MOST_FILES = 20000;
const MOST_BYTES = 64 * 1024 * 1024;
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const NAMES = new RegExp(
  `^(?:records/${UUID}\\.json|entries/${UUID}\\.json|proofs/${UUID}\\.tlog-proof|trust\\.json` +
    '|contexts/[a-z0-9][a-z0-9.-]{0,80}|label\\.txt|README\\.txt)$',
);
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const DATE = 0x21; // 1 January 1980

// {trust, label, records, entries, proofs, contexts, readme} of a bundle, nothing in it verified. Maps are by record UUID.
export function unpack(data) {
  const files = readFiles(data);
  if (!same(pack(files), data)) throw malformed('this ZIP is not in a bundle’s canonical form', 'not-canonical');
  if (!files.has('trust.json')) throw malformed('a bundle holds trust.json; this one does not', 'no-trust');
  const [records, entries, proofs] = ['records/', 'entries/', 'proofs/'].map((folder) => inFolder(files, folder));
  const unproved = [...records.keys(), ...entries.keys()].filter((uuid) => !proofs.has(uuid));
  const empty = [...proofs.keys()].filter((uuid) => records.has(uuid) === entries.has(uuid));
  if (unproved.length || empty.length) {
    throw malformed(`each record has one proof; look at ${[...unproved, ...empty][0]}`, 'unproved');
  }
  const contexts = new Map([...inFolder(files, 'contexts/', false)]);
  return { trust: files.get('trust.json'), label: labelIn(files.get('label.txt')), records, entries, proofs, contexts, readme: files.get('README.txt') ?? null };
}

function inFolder(files, folder, byUuid = true) {
  const inside = [...files].filter(([name]) => name.startsWith(folder));
  return new Map(inside.map(([name, data]) => [byUuid ? name.slice(folder.length).split('.')[0] : name.slice(folder.length), data]));
}

function labelIn(data) {
  if (!data) return null;
  const line = text(data);
  if (!/^[!-~]+\n$/.test(line)) throw malformed('label.txt holds one line: a label’s address', 'no-label');
  return line.trimEnd();
}

function readFiles(data) {
  if (data.length > MOST_BYTES) throw malformed(`a bundle has at most ${MOST_BYTES} bytes`, 'too-large');
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const files = new Map();
  let at = 0;
  while (at + 30 <= data.length && view.getUint32(at, true) === LOCAL) {
    const size = view.getUint32(at + 18, true);
    const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    const name = asciiName(data.subarray(at + 30, at + 30 + view.getUint16(at + 26, true)));
    if (!NAMES.test(name)) throw malformed(`a bundle holds no file called ${name.slice(0, 80)}`, 'extra-file', { name: name.slice(0, 80) });
    if (files.has(name)) throw malformed(`${name} stands twice`, 'twice', { name });
    if (view.getUint16(at + 8, true)) throw malformed(`${name} is compressed`, 'not-canonical');
    if (start + size > data.length) throw malformed('this ZIP promises more than it holds', 'not-canonical');
    files.set(name, data.subarray(start, start + size));
    if (files.size > MOST_FILES) throw malformed(`a bundle holds at most ${MOST_FILES} files`, 'too-large');
    at = start + size;
  }
  if (!files.size) throw malformed('this is no bundle', 'no-bundle');
  return files;
}

const asciiName = (bytes) => Array.from(bytes, (byte) => (byte > 32 && byte < 127 ? String.fromCharCode(byte) : '?')).join('');

// The one ZIP that holds exactly these files (Map of name → bytes).
export function pack(files) {
  const [parts, directory] = [[], []];
  let at = 0;
  for (const name of [...files.keys()].sort()) {
    const data = files.get(name);
    const shared = header(name, data);
    const local = concat(numbers([4, LOCAL], [2, 20]), shared, numbers([2, 0]), utf8(name));
    directory.push(
      concat(numbers([4, CENTRAL], [1, 20], [1, 3], [2, 20]), shared, numbers([2, 0], [2, 0], [2, 0], [2, 0], [4, 0o644 * 65536], [4, at]), utf8(name)),
    );
    parts.push(local, data);
    at += local.length + data.length;
  }
  const listed = concat(...directory);
  const count = directory.length;
  return concat(...parts, listed, numbers([4, END], [2, 0], [2, 0], [2, count], [2, count], [4, listed.length], [4, at], [2, 0]));
}

// What a file's local and central header have in common: flags, method, time, date, checksum, sizes, name's length.
const header = (name, data) =>
  numbers([2, 0], [2, 0], [2, 0], [2, DATE], [4, crc32(data)], [4, data.length], [4, data.length], [2, name.length]);

function numbers(...pairs) {
  const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of pairs) {
    if (size === 4) view.setUint32(at, value, true);
    else if (size === 2) view.setUint16(at, value, true);
    else view.setUint8(at, value);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(data) {
  let sum = -1;
  const end = data.length;
  for (let at = 0; at < end; at++) sum = TABLE[(sum ^ data[at]) & 255] ^ (sum >>> 8);
  return (sum ^ -1) >>> 0;
}
