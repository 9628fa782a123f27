// What can be said of a label or a bundle without a connection: lines of {code, severity, values}, worst first, and what
// was not checked. Codes are those of the verdict page where it has one.

import { lookUp } from './lists.js';
import { nowOf } from './held.js';
import { verifyLabel } from './label.js';
import { confirmingKeys } from './own.js';

const DAY = 24 * 3600 * 1000;
const ORDER = ['bad', 'warning', 'info', 'good'];
export const line = (code, severity, values = {}) => ({ code, severity, values });
export const worstFirst = (lines) => [...lines].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));

// What the mat says: the worst of what is bad or doubtful, else what was asked about, which is the first line made.
const headlineOf = (lines) => worstFirst(lines).find(({ severity }) => ['bad', 'warning'].includes(severity)) ?? lines[0];

// {label, headline (a line), lines, unchecked, keyId} of an address; throws a Refusal where it is no label's.
export async function judgeLabel(address, held, say) {
  if (!held.trust) return alone(line('no-trust', 'warning'));
  const found = await verifyLabel(address, held.trust);
  const { label } = found;
  if (found.code === 'foreign-code') {
    const values = { host: label.host, own: held.trust.hosts.join(', ') };
    return { ...alone(line('foreign-label', 'info', values)), label, foreign: true };
  }
  const lines = [...labelLines(found, held, say), ...listLines(label, held, say), ...clockLines(held, say)];
  const unchecked = uncheckedOf(found, held, say);
  return { label, lines: worstFirst(lines), unchecked, headline: headlineOf(lines), keyId: found.keyId };
}

// A single line, and nothing else to say.
export const alone = (one) => ({ label: null, lines: [one], unchecked: [], headline: one });

function labelLines({ code, problem, keyId, label }, held, say) {
  const version = held.trust.version;
  const when = asOf(held.trustAt, held, say);
  switch (code) {
    case 'label-signature-good':
      return [line(code, 'good'), line('key-in-list', 'good', { version, when }), ...trustLines(held)];
    case 'label-key-revoked':
      return [line(code, 'warning'), ...trustLines(held)];
    case 'label-signature-bad':
      return [line(code, 'bad', { reason: say.reason(problem, { keyId, version }) }), ...trustLines(held)];
    default:
      return [line(label.level === 'item' ? 'label-plain' : 'lot-plain', 'info')];
  }
}

function trustLines({ trust, clockOff }) {
  const expired = Date.now() + clockOff >= trust.validUntil;
  return expired ? [line('keys-pinned/expired', 'warning', { host: trust.host, version: trust.version })] : [];
}

export function listLines(label, held, say) {
  if (!held.lists) return [line('lists-none', 'info')];
  const when = asOf(held.lists.asOf, held, say);
  const { findings, isVoid } = lookUp(held.lists, label);
  const lines = findings.map((finding) => line(finding.code, finding.severity, listedValues(finding, say)));
  if (isVoid) lines.push(line('label-void', 'bad', { when }));
  if (isVoid === null) lines.push(line('void-many', 'warning'));
  if (!held.lists.complete) lines.push(line('lists-partly', 'warning'));
  if (!lines.length) lines.push(line('lists-clear', 'good', { when }));
  if (nowOf(held) - held.lists.asOf > 7 * DAY) lines.push(line('lists-old', 'warning', { when }));
  return lines;
}

function listedValues(finding, say) {
  const reason = (say.words.lang === 'en' && finding.reason_en) || finding.reason_vi || finding.reason || '';
  const lot = decodeURIComponent(String(finding.lot ?? '').split('/').pop());
  return { day: say.date(finding.day), reason_text: reason, reason: reason.replace(/\.$/, ''), lot_name: lot };
}

export function clockLines(held, say) {
  const lines = [];
  if (held.clockBack) lines.push(line('clock-back', 'warning', { at: say.instant(held.clockBack) }));
  if (held.trust && Date.now() + held.clockOff + 10 * 60 * 1000 < held.trust.validFrom) {
    lines.push(line('clock', 'warning', { at: say.instant(held.trust.validFrom), now: say.instant(Date.now()) }));
  }
  const hours = Math.round((Math.abs(held.clockOff) / 3600000) * 10) / 10;
  if (hours) lines.push(line('clock-off', 'warning', { hours: say.number(hours) }));
  return lines;
}

function uncheckedOf(found, held, say) {
  const { label } = found;
  const codes = ['unchecked-papers', 'unchecked-rules'];
  if (label.level === 'item') codes.unshift('unchecked-copy');
  if (label.level === 'item' && found.code !== 'label-signature-good') codes.unshift('unchecked-serial');
  const when = held.lists ? asOf(held.lists.asOf, held, say) : '';
  return [...(when ? [line('unchecked-recall', 'info', { when })] : []), ...codes.map((code) => line(code, 'info'))];
}

// When it was, and how long ago that is.
export const asOf = (time, held, say) => say.phrase('as-of', { at: say.instant(time), age: say.age(time, nowOf(held)) });

// The same of a bundle that `checkBundle` read.
export function judgeBundle(found, held, say) {
  if (found.refused) {
    const reason = say.reason(found.refused.problem, found.refused.values);
    return alone(line('bundle-refused', 'bad', { reason }));
  }
  const lines = [...recordLines(found, say), ...accountLines(found, say), ...stated(found, say), ...listLines(found.label, held, say), ...clockLines(held, say)];
  if (found.code) lines.push(...labelLines(found.code, { ...held, trust: found.trust, trustAt: held.trustAt ?? Date.now() }, say));
  lines.push(line('bundle-until', 'info', { size: say.number(Number(found.size)) }));
  if (found.restricted) lines.push(line('bundle-hidden', 'info', { count: say.number(found.restricted) }));
  const unchecked = ['unchecked-papers', 'unchecked-rules'].map((code) => line(code, 'info'));
  return { label: found.label, headline: headlineOf(lines), lines: worstFirst(lines), unchecked };
}

function recordLines(found, say) {
  const of = (state) => found.checks.filter((check) => check.state === state);
  const count = (checks) => say.number(checks.length);
  const lines = [];
  for (const [state, code] of [['tampered', 'record-tampered'], ['key-revoked', 'key-revoked']]) {
    if (of(state).length) lines.push(line(code, 'bad', { count: count(of(state)) }));
  }
  const problems = new Set(of('tampered').map((check) => check.problem));
  for (const problem of problems) {
    const witness = /^the cosignature by (\S+)/.exec(of('tampered').find((one) => one.problem === problem).reason ?? '')?.[1];
    lines.push(line('bundle-refused', 'bad', { reason: say.reason(problem, { witness }) }));
  }
  if (!lines.length) lines.push(line('bundle-good', 'good', { count: count(of('good')) }));
  lines.push(...ownKeyLines(found));
  if (of('cannot-be-checked').length) lines.push(line('bundle-unseen', 'info', { count: count(of('cannot-be-checked')) }));
  if (found.witnessed) lines.push(line('bundle-witnessed', 'good', { at: say.instant(found.witnessed * 1000) }));
  if (!found.pinned) lines.push(line('bundle-unpinned', 'warning'));
  return lines;
}

// Accounts in doubt, and what its maker signed once more.
function accountLines({ doubts, cosigned }, say) {
  const lines = doubts.map(({ records, since }) =>
    line('account-doubtful', 'warning', { count: say.number(records.length), since: say.date(vietnameseDay(since)), uncounted_text: '' }));
  for (const [name, code, severity] of [['bad', 'cosignature-bad', 'bad'], ['good', 'record-cosigned', 'good'], ['unseen', 'cosignature-unseen', 'info']]) {
    if (cosigned[name].size) lines.push(line(code, severity, { count: say.number(cosigned[name].size) }));
  }
  return lines;
}

const vietnameseDay = (time) => new Date(time + 7 * 3600 * 1000).toISOString().slice(0, 10);

// Which bodies confirmed certificates with keys of their own, and with which: the body's own site can be asked for it.
function ownKeyLines(found) {
  const named = (id) => found.documents.filter(({ document }) => document.credentialSubject.id === id)
    .map(({ document }) => document.credentialSubject['traceapp:name']).filter(Boolean).pop();
  return confirmingKeys(found).map(({ method, organisation }) => {
    const did = method.split('#')[0];
    return line('own-key', 'good', { name: named(organisation) ?? organisation, key: did.startsWith('did:key:') ? did : method });
  });
}

// What the bundle's verified records say against the lot, or of its inspections.
function stated(found, say) {
  const own = `https://${found.trust.host}${found.label.lotPath.replace(/\/22\/[^/]+/, '')}`;
  const lines = [];
  let held = null;
  const doubtful = new Set(found.doubts.flatMap(({ records }) => records));
  for (const { id, document } of found.documents) {
    const { credentialSubject: said, type } = document;
    if (said['traceapp:lot']?.id !== own) continue;
    // What an account in doubt released or found good counts no more.
    if (doubtful.has(id) && ['release', 'pass'].includes(said['traceapp:action'] ?? said['traceapp:result'])) continue;
    const plain = (name) => said[`traceapp:${name}`];
    if (type.includes('RecallRecord')) {
      const reason = (say.words.lang === 'en' && plain('reason_en')) || plain('reason_vi');
      lines.push(line('lot-recalled', 'bad', { day: say.date(plain('day')), reason_text: reason }));
    }
    if (type.includes('HoldRecord')) held = plain('action') === 'hold' ? plain('reason').replace(/\.$/, '') : null;
    if (type.includes('InspectionRecord') && ['pass', 'fail'].includes(plain('result'))) {
      lines.push(line(`inspected/${plain('result')}`, plain('result') === 'pass' ? 'good' : 'warning', { when: say.date(plain('day')) }));
    }
  }
  if (held !== null) lines.push(line('lot-on-hold', 'warning', { reason: held }));
  return lines;
}

// Name, producer and dates of what a bundle is of, from its verified records.
export function thingsIn(found) {
  const host = `https://${found.trust.host}`;
  const lot = `${host}${found.label.lotPath.replace(/\/22\/[^/]+/, '')}`;
  const product = `${host}${found.label.lotPath.split('/').slice(0, 3).join('/')}`;
  const last = (type, id) => found.documents.filter(({ document }) => document.type.includes(type) && document.credentialSubject.id === id).pop()?.document.credentialSubject;
  const said = last('ProductRecord', product);
  const maker = said && last('OrganisationRecord', said['traceapp:organisation']?.id);
  const made = found.label.lot === null ? null : last('LotRecord', lot);
  return {
    name: { vi: said?.['traceapp:name_vi'], en: said?.['traceapp:name_en'] ?? said?.['traceapp:name_vi'] },
    producer: maker?.['traceapp:name'] ?? '',
    made: made?.['traceapp:made'] ?? null,
    expires: made?.['traceapp:expires'] ?? null,
    from: 'from-bundle',
  };
}
