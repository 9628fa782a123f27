// What the phone holds of the service: its trust file, pinned when first seen, and its lists. Both are renewed when
// there is a connection; what does not follow from what is held is refused, and said.

import { readLists } from './lists.js';
import { Refusal } from './refusal.js';
import { followTrust, readTrust } from './trust.js';

const TRUST = '/.well-known/traceapp-trust.json';
const LISTS = '/inspect/lists.json';
const APART = 10 * 60 * 1000; // what two clocks may differ by

// {trust, trustAt, lists, clockOff, refused, store}; nothing held yet is null.
export async function openHeld(store) {
  const held = { store, trust: null, trustAt: null, lists: null, clockOff: 0, clockBack: null, refused: [] };
  const kept = await store.get('held', 'trust');
  if (kept) {
    held.trust = await readTrust(kept.bytes);
    held.trustAt = kept.at;
  }
  const lists = await store.get('held', 'lists');
  if (held.trust && lists) held.lists = await readLists(lists, held.trust, Infinity).catch(() => null);
  await noteClock(held);
  return held;
}

// A clock that runs behind what it said before is wrong, whatever it says.
async function noteClock(held) {
  const now = Date.now();
  const last = (await held.store.get('held', 'clock')) ?? 0;
  held.clockBack = now + APART < last ? last : null;
  if (now > last) await held.store.put('held', 'clock', now);
}

// Ask the service for newer ones. Whatever is refused stands in `held.refused` as {what, cause}; throws when offline.
export async function renew(held) {
  held.refused = [];
  await take(held, 'trust', TRUST, takeTrust);
  if (held.trust) await take(held, 'lists', LISTS, takeLists);
}

async function take(held, what, address, keep) {
  const answer = await fetch(address, { cache: 'no-store', headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const said = Date.parse(answer.headers.get('Date') ?? '');
  if (!Number.isNaN(said)) held.clockOff = Math.abs(said - Date.now()) > APART ? said - Date.now() : 0;
  try {
    await keep(held, new Uint8Array(await answer.arrayBuffer()));
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    held.refused.push({ what, cause });
  }
}

async function takeTrust(held, bytes) {
  const found = held.trust ? await followTrust(versionOf, bytes, held.trust) : await readTrust(bytes);
  Object.assign(held, { trust: found, trustAt: Date.now() + held.clockOff });
  await held.store.put('held', 'trust', { bytes, at: held.trustAt });
}

async function versionOf(version) {
  const answer = await fetch(`/log/trust/${version}.json`, { cache: 'no-store' });
  if (!answer.ok) throw new Error(`version ${version} of the trust file: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function takeLists(held, bytes) {
  const found = await readLists(bytes, held.trust, Date.now());
  if (held.lists && (found.asOf < held.lists.asOf || found.size < held.lists.size)) {
    throw new Refusal('key-not-valid', 'these lists are older than those held', 'lists-older');
  }
  held.lists = found;
  await held.store.put('held', 'lists', bytes);
}

// Now, as far as the service's clock is known.
export const nowOf = (held) => Date.now() + held.clockOff;
