// Ed25519 by the browser itself where it can, else by @noble/ed25519: older phones, and pages on plain http.

import { hashes, verifyAsync } from '../vendor/noble-ed25519.js';
import { sha512 } from '../vendor/noble-hashes/sha2.js';
import { Refusal } from './refusal.js';

hashes.sha512Async = async (message) => sha512(message);

const NATIVE = { name: 'Ed25519' };
const imported = new Map();

// Throws unless `key` (32 bytes) made `signature` over exactly `message`.
export async function verify(key, signature, message, says = 'the signature does not fit the bytes and the key') {
  if (!(await fits(key, signature, message))) throw new Refusal('bad-signature', says);
}

async function fits(key, signature, message) {
  if (signature.length !== 64 || key.length !== 32) return false;
  try {
    const native = await nativeKey(key);
    if (native) return await crypto.subtle.verify(NATIVE, native, signature, message);
    return await verifyAsync(signature, message, key, { zip215: false });
  } catch {
    return false; // no point on the curve
  }
}

// The key as WebCrypto holds it, null where there is none. Each is imported once.
function nativeKey(key) {
  const name = key.join();
  if (!imported.has(name)) {
    imported.set(name, globalThis.crypto?.subtle?.importKey('raw', key, NATIVE, false, ['verify']).catch(() => null));
  }
  return imported.get(name);
}
