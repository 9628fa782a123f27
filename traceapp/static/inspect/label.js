// What a label says and whether its signature fits: nothing but the text of its code and a trust file is needed.
// `parseLabel` reads any Digital Link or trace code address, `verifyLabel` judges a label of the trust file's hosts.

import { concat, hex, sha256, utf8 } from './bytes.js';
import { verify } from './ed25519.js';
import { malformed, Refusal } from './refusal.js';

const NAME = 'traceapp-label-v1';
const DIGITS = 167;
const LONGEST = 4096;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ADDRESS = /^https?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/is;
const HOST = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?$/;
const SEGMENT = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+$/;
const CSET_82 = /^[!"%-/0-9:-?A-Z_a-z]{1,20}$/;
const ORDER = { '01': ['22', '10', '21'], t: ['10', '21'] };

// {host, path, lotPath, code, variant, lot, serial, signatures, level} of a label's address; throws malformed.
export function parseLabel(address) {
  const said = String(address).trim();
  const parts = said.length > LONGEST ? null : ADDRESS.exec(said);
  if (!parts) throw malformed(`${said.slice(0, 80)} is not a web address`, 'no-address');
  const host = parts[1].toLowerCase();
  if (!HOST.test(host)) throw malformed(`${said.slice(0, 80)} names no usable host`, 'no-address');
  return { host, ...parsePath(parts[2]), signatures: signaturesOf(parts[3] ?? '') };
}

// The same of a raw path alone.
export function parsePath(raw) {
  const segments = raw.replace(/\/$/, '').split('/').slice(1).map(decodeSegment);
  const [key, code] = segments;
  if (!(key in ORDER) || segments.length % 2) throw malformed(`${raw.slice(0, 80)} names no product`, 'no-code');
  const named = { '22': null, '10': null, '21': null };
  let place = -1;
  for (let at = 2; at < segments.length; at += 2) {
    const next = ORDER[key].indexOf(segments[at]);
    if (next <= place) throw malformed(`${segments[at]} cannot stand there`, 'no-code');
    if (!CSET_82.test(segments[at + 1])) throw malformed(`${segments[at + 1].slice(0, 40)} is no lot or serial`, 'no-code');
    named[segments[at]] = segments[at + 1];
    place = next;
  }
  const serial = named['21'] === null ? null : canonicalCrockford(named['21']);
  const product = key === 't' ? canonicalCrockford(code) : code;
  requireChecked(key, product);
  const lotPath = write([[key, product], ['22', named['22']], ['10', named['10']]]);
  return {
    path: serial === null ? lotPath : `${lotPath}/21/${quote(serial)}`,
    lotPath, serial,
    code: product,
    variant: named['22'],
    lot: named['10'],
    level: serial !== null ? 'item' : named['10'] !== null ? 'lot' : 'product',
  };
}

function requireChecked(key, code) {
  const right = key === 't' ? isTraceCode(code) : /^\d{14}$/.test(code) && isGtin(code);
  if (!right) throw malformed(`the check digit of ${code.slice(0, 40)} is wrong`, 'check-digit', { code: code.slice(0, 40) });
}

const isGtin = (digits) => Array.from(digits, Number).reverse().reduce((sum, one, at) => sum + one * (at % 2 ? 3 : 1), 0) % 10 === 0;

function isTraceCode(code) {
  if (!/^T[0-9A-HJKMNP-TV-Z]{12}$/.test(code)) return false;
  const values = Array.from(code.slice(1), (one) => CROCKFORD.indexOf(one)).reverse();
  const doubled = (value) => Math.floor((value * 2) / 32) + ((value * 2) % 32);
  return values.reduce((sum, value, at) => sum + (at % 2 ? doubled(value) : value), 0) % 32 === 0;
}

const canonicalCrockford = (typed) => typed.toUpperCase().replaceAll('O', '0').replaceAll('I', '1').replaceAll('L', '1');

function decodeSegment(segment) {
  if (!SEGMENT.test(segment)) throw malformed(`${segment.slice(0, 40)} is not percent-encoded`, 'no-code');
  try {
    return decodeURIComponent(segment);
  } catch {
    throw malformed(`${segment.slice(0, 40)} is not UTF-8`, 'no-code');
  }
}

const quote = (value) => encodeURIComponent(value).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

const write = (pairs) => pairs.filter(([, value]) => value !== null).map(([ai, value]) => `/${ai}/${quote(value)}`).join('');

function signaturesOf(query) {
  const pairs = query.split('&').map((pair) => [pair.split('=')[0], pair.split('=').slice(1).join('=')]);
  return pairs.filter(([name]) => name === 'S').map(([, value]) => value);
}

export const keyId = (host, raw) => hex(sha256(concat(utf8(`${host}\n`), Uint8Array.of(0xff), utf8(NAME), raw)).slice(0, 4));

// What came of a label: {label, code, problem, keyId, key}. `code` is that of the verdict page's finding:
// foreign-code (another host), label-signature-good, label-signature-bad, label-key-revoked, or
// label-signature-missing where there is no signature to look at.
export async function verifyLabel(address, trust) {
  const label = typeof address === 'string' ? parseLabel(address) : address;
  if (!trust.hosts.includes(label.host)) return { label, code: 'foreign-code' };
  if (!label.signatures.length) return { label, code: 'label-signature-missing' };
  try {
    return { label, ...(await verifySignature(label, trust)) };
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    return { label, code: 'label-signature-bad', problem: cause.problem, keyId: cause.values.keyId };
  }
}

async function verifySignature(label, trust) {
  if (label.signatures.length > 1) throw malformed('the address carries several signatures', 'several-signatures');
  const { name, signature } = parseSignature(label.signatures[0]);
  const key = trust.keys.find((one) => one.role === 'label' && keyId(label.host, one.raw) === name);
  if (!key) throw new Refusal('unknown-key', `no label key ${name} is known`, 'label-key-unknown', { keyId: name });
  await verify(key.raw, signature, utf8(`${NAME}\n${label.host}\n${label.path}`));
  return { code: key.compromised === null ? 'label-signature-good' : 'label-key-revoked', keyId: name, key };
}

function parseSignature(digits) {
  const written = digits.length === DIGITS && /^\d+$/.test(digits) ? BigInt(digits).toString(16).padStart(138, '0') : '';
  if (written.length !== 138 || !written.startsWith('01')) throw malformed('S is no label signature', 'no-signature');
  const bytes = Uint8Array.from(written.match(/../g), (pair) => parseInt(pair, 16));
  return { name: hex(bytes.slice(1, 5)), signature: bytes.slice(5) };
}
