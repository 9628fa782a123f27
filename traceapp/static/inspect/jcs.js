// Canonical JSON (RFC 8785) and the strict reading of it: bytes = JCS(parse(bytes)), so that no record has two
// spellings. A key that stands twice, 1.0, -0 or NaN have no bytes that come back the same.

import { text, utf8 } from './bytes.js';
import { malformed } from './refusal.js';

const DEEPEST = 64;
const FIRST_WITH_EXPONENT = 1e21;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export const canonicalise = (value) => utf8(write(value, 0));

// The object in `bytes`, which must be its own JCS form to the byte.
export const parseCanonical = (bytes) => readCanonical(bytes).value;

// The same with its members as they are written, by name: what is signed is the object without one of them.
export function readCanonical(bytes) {
  const spelt = text(bytes);
  let value;
  try {
    value = JSON.parse(spelt);
  } catch (cause) {
    throw malformed(`this is not JSON: ${cause.message}`);
  }
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  const members = new Map(isObject ? Object.keys(value).sort().map((name) => [name, member(name, value[name], 1)]) : []);
  if (!isObject || joined(members) !== spelt) {
    throw malformed('these bytes are not a JSON object in canonical form (RFC 8785)');
  }
  return { value, members };
}

// The canonical bytes of an object without one of its members.
export function without(members, name) {
  const left = new Map(members);
  left.delete(name);
  return utf8(joined(left));
}

const joined = (members) => `{${[...members.values()].join(',')}}`;
const member = (name, value, depth) => `${writeText(name)}:${write(value, depth)}`;

function write(value, depth) {
  if (depth > DEEPEST) throw malformed(`this JSON is nested more than ${DEEPEST} deep`);
  if (typeof value === 'string') return writeText(value);
  if (typeof value === 'number') return writeNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  if (typeof value !== 'object') throw malformed(`${typeof value} is not JSON`);
  // The default order is that of UTF-16 units, which is what RFC 8785 asks for.
  return `{${Object.keys(value).sort().map((name) => member(name, value[name], depth + 1)).join(',')}}`;
}

const PLAIN = /^[ !#-[\]-~]*$/;

function writeText(value) {
  if (PLAIN.test(value)) return `"${value}"`;
  if (LONE_SURROGATE.test(value)) throw malformed('this text holds a lone surrogate, which UTF-8 cannot carry');
  return JSON.stringify(value);
}

function writeNumber(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || (size > Number.MAX_SAFE_INTEGER && size < FIRST_WITH_EXPONENT)) {
    throw malformed(`the number ${value} cannot be carried exactly`);
  }
  return JSON.stringify(value);
}
