// The inspector's page: reads a label or a bundle, says at once what this phone can tell, adds the service's verdict when
// there is a connection, and keeps reports until they are sent.

import { readPhoto, scan } from './camera.js';
import { nowOf, openHeld, renew } from './held.js';
import { alone, asOf, judgeBundle, judgeLabel, line, thingsIn } from './judge.js';
import { checkBundle } from './offline.js';
import { Refusal } from './refusal.js';
import { prepareReports } from './reports.js';
import { at, fillPairs, lineItem, make, showMat } from './show.js';
import { openStore } from './store.js';
import { speaker } from './words.js';

const lang = document.documentElement.lang;
const root = document.documentElement;
let say, held, store, reports, scanning;
let scans = 0;
let turn = 0; // which check is the newest: an answer that comes late is not shown

start().catch((cause) => (root.dataset.failed = String(cause)));

async function start() {
  store = await openStore();
  say = speaker(await (await fetch(`/inspect/words.json?lang=${lang}`)).json());
  held = await openHeld(store);
  reports = prepareReports(store, say, nowOf.bind(null, held));
  listen();
  root.classList.add('js');
  showHeld();
  showNet();
  root.dataset.ready = 'yes';
  keepOffline();
  await Promise.all([refresh(), openWhatCame()]);
  await reports.send();
}

function listen() {
  at('scan').addEventListener('click', startScan);
  at('stop').addEventListener('click', stopScan);
  at('again').addEventListener('click', () => (openReading(), startScan()));
  at('renew').addEventListener('click', refresh);
  at('typed').addEventListener('submit', (event) => (event.preventDefault(), readCode(at('code').value)));
  at('photo').addEventListener('change', ({ target }) => takeFile(target, fromPhoto));
  at('bundle').addEventListener('change', ({ target }) => takeFile(target, async (file) => readBundle(await bytesOf(file))));
  for (const name of ['online', 'offline']) addEventListener(name, () => (showNet(), name === 'online' && refresh().then(reports.send)));
}

const bytesOf = async (file) => new Uint8Array(await file.arrayBuffer());

async function takeFile(input, act) {
  const file = input.files[0];
  input.value = '';
  if (file) await act(file);
}

// An address in the page's own, or a bundle that another app shared.
async function openWhatCame() {
  const query = new URLSearchParams(location.search);
  if (query.get('code')) return readCode(query.get('code'));
  if (!query.has('shared')) return;
  const cache = await caches.open('inspect-shared');
  const kept = await cache.match('/inspect/shared');
  await cache.delete('/inspect/shared');
  if (kept) await readBundle(new Uint8Array(await kept.arrayBuffer()));
}

async function keepOffline() {
  if (!('serviceWorker' in navigator)) return;
  await navigator.serviceWorker.register('/inspect/sw.js', { scope: '/inspect' }).catch(() => null);
  const ready = await navigator.serviceWorker.ready;
  if (ready.active) {
    at('ready').textContent = say.phrase('ready');
    at('ready').hidden = false;
    root.dataset.offline = 'yes';
  }
}

// Reading

async function startScan() {
  stopScan();
  const mine = scans;
  at('scan-words').hidden = at('video').hidden = at('stop').hidden = false;
  at('scan').hidden = true;
  at('scan-words').textContent = say.phrase('scanning');
  try {
    const started = await scan(at('video'));
    // Stopped while the camera was starting.
    if (mine !== scans) return started.stop();
    scanning = started;
    const code = await started.code;
    if (mine !== scans) return;
    stopScan();
    if (code) await readCode(code);
  } catch (cause) {
    if (mine !== scans) return;
    stopScan();
    tell(cause.name === 'NotAllowedError' ? 'camera-refused' : 'camera-none');
  }
}

function stopScan() {
  scans += 1;
  scanning?.stop();
  scanning = undefined;
  at('video').hidden = at('stop').hidden = at('scan-words').hidden = true;
  at('scan').hidden = false;
}

function tell(phrase) {
  at('scan-words').textContent = say.phrase(phrase);
  at('scan-words').hidden = false;
}

async function fromPhoto(file) {
  stopScan();
  const code = await readPhoto(file).catch(() => '');
  if (code) return readCode(code);
  openReading();
  tell('photo-nothing');
}

function openReading() {
  at('reading').hidden = false;
  at('report').hidden = true;
}

// Labels

async function readCode(typed) {
  const began = performance.now();
  const mine = ++turn;
  stopScan();
  let judged;
  try {
    judged = await judgeLabel(addressOf(typed), held, say);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    judged = alone(line('not-a-label', 'info', { reason: say.reason(cause.problem, cause.values) }));
  }
  if (mine !== turn) return;
  show(judged, Math.max(1, Math.round(performance.now() - began)));
  root.dataset.checked = (performance.now() - began).toFixed(1);
  if (!judged.label || judged.foreign) return;
  await showKnown(judged.label);
  if (navigator.onLine) await addVerdict(judged, mine);
}

// What is typed without a scheme is taken to be of this service: a path, or a path behind a host.
function addressOf(typed) {
  const text = typed.trim();
  if (/^https?:\/\//i.test(text) || !held.trust) return text;
  return text.startsWith('/') ? `https://${held.trust.hosts[0]}${text}` : `https://${text}`;
}

function show(judged, ms) {
  const { headline } = judged;
  const { strong } = say.finding(headline.code, headline.values);
  const title = strong.replace(/[.:]$/, '');
  const phrase = judged.unchecked.length ? 'lead-offline' : 'lead-bundle';
  const count = say.number(judged.unchecked.length);
  const share = judged.lines.length / (judged.lines.length + judged.unchecked.length);
  showMat(headline, title, say.phrase(phrase, { ms: say.number(ms), count }), share);
  at('lines').replaceChildren(...judged.lines.map((one) => lineItem(one, say.finding(one.code, one.values))));
  at('unchecked').replaceChildren(...judged.unchecked.map((one) => lineItem(one, say.finding(one.code, one.values))));
  showPairs(judged);
  at('result').hidden = false;
  at('thing').hidden = true;
  at('reading').hidden = true;
  at('report').hidden = true;
  at('open-page').hidden = true;
  const ours = Boolean(judged.label) && !judged.foreign && judged.label.lot !== null;
  at('report-it').hidden = !ours;
  if (ours) at('report-it').onclick = () => reports.open(judged.label.path);
  // After the frame that shows it: focusing now would lay the page out twice.
  requestAnimationFrame(() => (scrollTo(0, 0), at('head').focus({ preventScroll: true })));
}

function showPairs({ label, keyId }) {
  const lists = held.lists && asOf(held.lists.asOf, held, say);
  const grouped = (text) => text?.replace(/(.{5})(?=.)/g, '$1 ');
  fillPairs(at('pairs'), [
    [say.phrase('code'), label?.code, true],
    [say.phrase('lot'), label?.lot, true],
    [say.phrase('serial'), grouped(label?.serial), true],
    [say.phrase('key'), keyId?.replace(/(.{4})/, '$1 '), true],
    [say.phrase('key-list'), held.trust && say.phrase('version', versionValues()), false],
    [say.phrase('lists'), lists, false],
  ]);
}

const versionValues = () => ({
  version: held.trust.version,
  age: say.age(held.trustAt, nowOf(held)),
  until: say.date(new Date(held.trust.validUntil).toISOString()),
});

// Names and dates: from a bundle opened here, or as the service said last.
async function showKnown(label) {
  const things = await store.get('lots', label.lotPath);
  if (things) showThing(things);
}

function showThing(things) {
  at('thing').hidden = false;
  at('name').textContent = things.name[lang] ?? things.name.vi ?? '';
  at('maker').textContent = things.producer;
  const dates = [['made', things.made], ['expires', things.expires]].filter(([, day]) => day);
  at('dates').replaceChildren(...dates.map(([name, day]) => make('div', {}, make('dt', {}, say.phrase(name)), make('dd', {}, say.date(day)))));
  at('dates').hidden = !dates.length;
  at('from').textContent = say.phrase(things.from);
}

// The service's whole verdict, in its own words: the lines that this phone made itself stay.
async function addVerdict(judged, mine) {
  const { label } = judged;
  const query = new URLSearchParams({ path: label.path, lang, ...(label.signatures[0] ? { S: label.signatures[0] } : {}) });
  const answer = await fetch(`/inspect/verdict.json?${query}`, { headers: { Accept: 'application/json' } }).catch(() => null);
  const told = answer && (answer.ok || answer.status === 404) ? await answer.json().catch(() => null) : null;
  if (mine !== turn) return;
  if (!told?.headline) {
    at('lines').prepend(lineItem(line('online-failed', 'info'), say.finding('online-failed')));
    return;
  }
  const own = judged.lines.filter(({ code }) => ['label-signature-good', 'label-signature-bad', 'label-key-revoked', 'key-in-list'].includes(code));
  const bad = judged.lines.filter(({ severity, code }) => severity === 'bad' && !told.findings.some((one) => one.code === code));
  showMat(told.headline, told.headline.title, `${told.headline.lead} ${say.phrase('lead-online', { time: told.time })}`.trim(), 1);
  const listed = new Set(told.findings.map((one) => one.code));
  at('lines').replaceChildren(
    ...[...new Set([...bad, ...own])].filter(({ code }) => !listed.has(code)).map((one) => lineItem(one, say.finding(one.code, one.values))),
    ...infoLast(told.findings).map((one) => lineItem(one, one, one.mark)),
  );
  at('unchecked').replaceChildren();
  at('open-page').href = told.page;
  at('open-page').hidden = false;
  root.dataset.online = told.headline.code;
  if (told.thing) {
    await store.put('lots', label.lotPath, { ...told.thing, from: 'from-service' });
    showThing({ ...told.thing, from: 'from-now' });
  }
}

const infoLast = (findings) => [...findings].sort((a, b) => (a.severity === 'info') - (b.severity === 'info'));

// Bundles

async function readBundle(bytes) {
  const began = performance.now();
  const mine = ++turn;
  stopScan();
  let judged;
  let found = null;
  try {
    found = await checkBundle(bytes, held.trust);
    judged = judgeBundle(found, held, say);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    judged = alone(line('bundle-refused', 'bad', { reason: say.reason(cause.problem, cause.values) }));
  }
  if (mine !== turn) return;
  const ms = performance.now() - began;
  show(judged, Math.round(ms));
  root.dataset.checked = ms.toFixed(1);
  if (!found || found.refused || judged.lines.some(({ code }) => code === 'record-tampered')) return;
  const things = thingsIn(found);
  showThing(things);
  if (found.pinned) await store.put('lots', found.label.lotPath, things);
}

// What this phone holds

async function refresh() {
  try {
    await renew(held);
  } catch {
    // Offline, or the service is: what is held stays, and says how old it is.
  }
  showHeld();
}

function showHeld() {
  const { trust, lists, refused } = held;
  fillPairs(at('held'), [
    [say.phrase('key-list'), trust ? `${trust.host}, ${say.phrase('version', versionValues())}` : say.phrase('none')],
    [say.phrase('lists'), lists ? say.phrase('lists-held', { at: say.instant(lists.asOf), age: say.age(lists.asOf, nowOf(held)), count: lists.lots.size }) : say.phrase('none')],
  ]);
  const lines = refused.map(({ what, cause }) => line(`${what}-refused`, 'warning', { reason: say.reason(cause.problem, reasonValues(cause)), version: trust?.version ?? '' }));
  at('held-lines').replaceChildren(...lines.map((one) => lineItem(one, say.finding(one.code, one.values))));
}

const reasonValues = ({ values }) => ({ ...values, ...(values.at ? { at: say.instant(Date.parse(values.at)) } : {}) });

function showNet() {
  at('net').textContent = say.phrase(navigator.onLine ? 'network-on' : 'network-off');
  at('net').hidden = false;
}
