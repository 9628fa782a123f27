// The service's dated lists of recalled and held lots and of void labels: a credential signed by a record key, so that
// a forged or altered list is noticed, and an old one by its date.

import { base64, sha256, utf8 } from './bytes.js';
import { lotId } from './offline.js';
import { instant, verifyRecord } from './records.js';
import { malformed, Refusal } from './refusal.js';

export const HASH_BYTES = 6;
const TYPE = '["VerifiableCredential","traceapp:OfflineLists"]';
const AHEAD = 10 * 60 * 1000; // what two clocks may differ by

// {asOf, size, complete, lots, voids, host}. Refused where it is dated after `now` (milliseconds), or of another HOST.
export async function readLists(bytes, trust, now) {
  const { document } = await verifyRecord(bytes, trust.keyring);
  if (JSON.stringify(document.type) !== TYPE) throw malformed('these are no lists for inspectors', 'no-lists');
  const asOf = instant(document.validFrom);
  if (asOf > now + AHEAD) {
    throw new Refusal('key-not-valid', 'these lists are dated after this phone’s clock', 'clock', { at: document.validFrom });
  }
  const said = document.credentialSubject;
  return {
    asOf, bytes,
    host: trust.host,
    size: said['traceapp:size'],
    complete: said['traceapp:complete'],
    lots: new Map(said['traceapp:lots'].map((one) => [one.id, one['traceapp:findings'].map(plain)])),
    voids: new Map(said['traceapp:voids'].map((one) => [one.id, readVoids(one)])),
  };
}

const plain = (finding) => Object.fromEntries(Object.entries(finding).map(([name, value]) => [name.replace('traceapp:', ''), value]));

function readVoids(one) {
  const packed = atob(one['traceapp:labels'] ?? '');
  const hashes = new Set();
  for (let at = 0; at < packed.length; at += HASH_BYTES) hashes.add(packed.slice(at, at + HASH_BYTES));
  return { hashes, many: one['traceapp:many'] === true };
}

// What the lists say of a label: findings of its lot; whether it is void (`true`, `false`, or `null`: too many to list).
export function lookUp(lists, label) {
  if (label.lot === null) return { findings: [], isVoid: false };
  const id = lotId(label, lists.host);
  const voids = lists.voids.get(id);
  const listed = voids && label.serial !== null && voids.hashes.has(nameOf(label));
  return { findings: lists.lots.get(id) ?? [], isVoid: listed ? true : voids?.many ? null : false };
}

const nameOf = (label) => atob(base64(sha256(utf8(label.path)).slice(0, HASH_BYTES)));
