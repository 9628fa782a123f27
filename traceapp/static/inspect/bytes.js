// Bytes, their spellings and their hashes. A phone on plain http has no WebCrypto: the hashes need none.

import { sha256 } from '../vendor/noble-hashes/sha2.js';
import { malformed } from './refusal.js';

export { sha256 };

const encoder = new TextEncoder();
// A byte order mark is a byte like any other: dropped, two spellings of a record would be one.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text) => encoder.encode(text);

export function text(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed('these bytes are not UTF-8');
  }
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function same(one, other) {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export function unhex(digits) {
  if (!/^(?:[0-9a-f]{2})*$/.test(digits)) throw malformed(`${digits.slice(0, 40)} is not hexadecimal`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

// Standard base64 with padding, in its only canonical form.
export function unbase64(encoded) {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  } catch {
    throw malformed(`expected base64, got ${encoded.slice(0, 80)}`);
  }
  if (base64(bytes) !== encoded) throw malformed(`base64 ${encoded.slice(0, 80)} is not canonical`);
  return bytes;
}
