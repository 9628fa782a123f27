// Accounts in doubt: which verified records an account made that is said to be in other hands since then. A record carries
// HMAC-SHA256(account's key, record's nonce); whoever puts the account in doubt tells its keys.

import { base64, concat, sha256, unbase64, unhex } from './bytes.js';
import { instant } from './records.js';

const BLOCK = 64;
const term = (value, name) => value?.[`traceapp:${name}`];
const sayer = ({ document }) => term(document, 'declaredBy') ?? {};
const isBinding = (role) => role === 'authority' || role === 'operator';

// [{id, since, records}] of every doubt that stands for records among `documents` ({id, document, index}, in log order).
export function doubtsAmong(documents) {
  const words = documents.filter(({ document }) => document.credentialSubject?.type === 'traceapp:AccountDoubt');
  const doubts = words.filter(({ document }) => term(document.credentialSubject, 'state') === 'doubted');
  if (!doubts.length) return [];
  const lifts = [];
  // From the last one backwards: only a later lift can have settled whether an earlier one counts.
  for (const lift of words.filter((one) => !doubts.includes(one)).reverse()) {
    if (!doubtOf(lift, doubts, lifts)) lifts.push(lift);
  }
  const found = doubts.map(({ id, document }) => ({ id, since: instant(term(document.credentialSubject, 'since')), records: [] }));
  for (const record of documents) {
    const doubt = doubtOf(record, doubts, lifts);
    if (doubt) found[doubts.indexOf(doubt)].records.push(record.id);
  }
  return found.filter(({ records }) => records.length);
}

const doubtOf = (record, doubts, lifts) =>
  doubts.find((doubt) => covers(doubt, record) && !lifts.some((lift) => isLifted(doubt, record, lift)));

function covers(doubt, record) {
  const mark = term(record.document, 'account');
  const said = doubt.document.credentialSubject;
  if (typeof mark !== 'string' || instant(record.document.validFrom) < instant(term(said, 'since'))) return false;
  if (!isBinding(term(sayer(doubt), 'role')) && sayer(doubt).id !== sayer(record).id) return false;
  return term(said, 'accountKeys').some((key) => markOf(unhex(key), term(record.document, 'nonce')) === mark);
}

function isLifted(doubt, record, lift) {
  const named = term(lift.document.credentialSubject, 'records');
  const may = term(sayer(lift), 'role') === 'authority' || sayer(lift).id === sayer(doubt).id;
  return lift.document.credentialSubject.id === doubt.document.credentialSubject.id
    && lift.index > doubt.index && may && (!named || named.includes(record.id));
}

function markOf(key, nonce) {
  const padded = concat(key, new Uint8Array(BLOCK - key.length));
  const inner = sha256(concat(padded.map((byte) => byte ^ 0x36), unbase64(nonce)));
  return base64(sha256(concat(padded.map((byte) => byte ^ 0x5c), inner)));
}
