// node webcrypto_label.mjs < labels.ndjson          each line {"url": "https://…?S=…", "public_key": "64 hex digits"}
//
// Verifies signed labels with WebCrypto alone, by its own reading of the address: S is 167 decimal digits, the big-endian
// integer of 01 ‖ key id (4 bytes) ‖ Ed25519 signature (64 bytes) over "traceapp-label-v1\n{host}\n{path}".

import {answerLines} from './local.mjs';

const NAME = 'traceapp-label-v1';
const utf8 = text => new TextEncoder().encode(text);
const bytesOf = hex => Uint8Array.from(hex.match(/../g), pair => parseInt(pair, 16));
const same = (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]);

await answerLines(async ({url, public_key}) => {
  const {host, path, digits} = partsOf(url);
  const key = bytesOf(public_key);
  const {version, keyId, signature} = fieldsOf(digits);
  if(version !== 1) {
    throw new Error(`version ${version} is not 1`);
  }
  if(!same(keyId, await keyIdOf(host, key))) {
    throw new Error('the label names another key');
  }
  if(!await isSignedBy(key, signature, utf8(`${NAME}\n${host}\n${path}`))) {
    throw new Error('the signature does not fit');
  }
  return {host, path};
});

function partsOf(url) {
  const parts = /^https:\/\/([^/?#]+)(\/[^?#]*)\?([^#]*)$/i.exec(url);
  if(!parts) {
    throw new Error('not an https address with a path and a query');
  }
  const values = parts[3].split('&').filter(pair => pair.startsWith('S='));
  if(values.length !== 1 || !/^S=[0-9]{167}$/.test(values[0])) {
    throw new Error('expected exactly one S of exactly 167 digits');
  }
  return {host: parts[1].toLowerCase(), path: parts[2], digits: values[0].slice(2)};
}

function fieldsOf(digits) {
  const hex = BigInt(digits).toString(16).padStart(138, '0');
  if(hex.length !== 138) {
    throw new Error('S is more than 69 bytes');
  }
  const bytes = bytesOf(hex);
  return {version: bytes[0], keyId: bytes.slice(1, 5), signature: bytes.slice(5)};
}

async function keyIdOf(host, key) {
  const named = Uint8Array.from([...utf8(host), 0x0a, 0xff, ...utf8(NAME), ...key]);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', named)).slice(0, 4);
}

async function isSignedBy(key, signature, text) {
  const algorithm = {name: 'Ed25519'};
  const publicKey = await crypto.subtle.importKey('raw', key, algorithm, false, ['verify']);
  return crypto.subtle.verify(algorithm, publicKey, signature, text);
}
