// The portal's service worker: diary pages open without signal, and what is written then waits here until it was taken.
// Entries lie in IndexedDB under the key their form was given; they go out one by one, in order, and the server takes
// each key once. Pages lie in a cache that whoever signs out empties (portal-leave.js).
"use strict";

const CACHE = "traceapp-diary-2";
const OFFLINE = "/portal/diary/offline";
const PATIENCE = 6000;
const FRESH = 6 * 3600 * 1000;
const WIDEST = 1104;
const WRONG = 120000;
const PAGES = /^\/portal(\/(today|diary\/(more|repeat|offline|new\/[A-Z]+)))?$/;
const ENTRIES = /^\/portal\/diary\/(new\/[A-Z]+|correct\/[0-9a-f-]{36}|[0-9a-f-]{36})$/;
const BESIDE = new Set(["csrf", "photo", "key", "stage", "account", "for", "what", "waits"]);
const UNTYPED = new Set(["lot", "plots", "plots-new", "copied", "kept", "sure", "from", "version", "do"]);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), forgetOlder()])));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && request.mode === "navigate" && url.pathname.startsWith("/portal/")) {
    event.respondWith(send(request, url));
  } else if (request.method === "GET" && request.mode === "navigate" && url.pathname.startsWith("/portal")) {
    event.respondWith(open(request, url));
    event.waitUntil(flush());
  } else if (request.method === "GET" && url.pathname.startsWith("/static/") && url.searchParams.has("v")) {
    event.respondWith(keepStatic(request));
  }
});

self.addEventListener("message", (event) => {
  const { type, key, urls } = event.data || {};
  const answers = { list, flush, again: () => flush(true), drop: () => forgetEntry(key), pages: () => fetchPages(urls) };
  if (!answers[type]) return;
  event.waitUntil(answers[type]().then((found) => event.ports[0] && event.ports[0].postMessage(found || {})));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "diary") event.waitUntil(flush());
});

// Pages

async function forgetOlder() {
  const older = (await caches.keys()).filter((name) => name.startsWith("traceapp-diary-") && name !== CACHE);
  await Promise.all(older.map((name) => caches.delete(name)));
}

async function open(request, url) {
  const cache = await caches.open(CACHE);
  const kept = PAGES.test(url.pathname) ? await find(cache, url) : undefined;
  try {
    const answer = await (kept ? soon(fetch(request)) : fetch(request));
    if (PAGES.test(url.pathname)) {
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) await caches.delete(CACHE);
      else if (answer.ok) await cache.put(nameOf(url), withHeader(answer.clone(), "X-Kept-At", Date.now()));
    }
    return answer;
  } catch {
    return (kept && asKept(kept)) || (await cache.match(OFFLINE)) || Response.error();
  }
}

// The page is told of when it is and how long it lay here: its day may be over (portal-diary.js).
function asKept(answer) {
  const lay = Date.now() - Number(answer.headers.get("X-Kept-At"));
  return withHeader(answer, "Server-Timing", `kept;dur=${lay};desc="${answer.headers.get("Date")}"`);
}

function withHeader(answer, name, value) {
  const headers = new Headers(answer.headers);
  headers.set(name, value);
  return new Response(answer.body, { status: answer.status, headers });
}

function soon(fetching) {
  return Promise.race([fetching, new Promise((_, refuse) => setTimeout(() => refuse(new Error("slow")), PATIENCE))]);
}

// One page for all languages and all the ways that led to it, but not for different control points.
function nameOf(url) {
  // A producer's start page is its day: the way there and the page that was fetched for later are one.
  const name = new URL(url.pathname === "/portal" ? "/portal/today" : url.pathname, self.location.origin);
  if (url.searchParams.has("ccp")) name.searchParams.set("ccp", url.searchParams.get("ccp"));
  return name.href;
}

async function find(cache, url) {
  return (await cache.match(nameOf(url))) || (await cache.match(nameOf(new URL(url.pathname, url.origin))));
}

async function keepStatic(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

async function fetchPages(urls) {
  const cache = await caches.open(CACHE);
  for (const path of [OFFLINE, ...urls]) {
    const url = new URL(path, self.location.origin);
    const kept = await cache.match(nameOf(url));
    if (kept && Date.now() - Date.parse(kept.headers.get("Date") || 0) < FRESH) continue;
    const answer = await fetch(url, { redirect: "manual", credentials: "same-origin", headers: { Accept: "text/html" } });
    if (answer.ok) await cache.put(nameOf(url), withHeader(answer, "X-Kept-At", Date.now()));
  }
}

// Writing

async function send(request, url) {
  const copy = ENTRIES.test(url.pathname) ? request.clone() : null;
  try {
    const answer = await fetch(request);
    // A page kept for hours holds a token of an older session, and a server may be busy: it goes out again later.
    if (!copy || !(answer.status === 403 || answer.status === 429 || answer.status >= 500)) return answer;
  } catch {
    if (!copy) return (await caches.match(OFFLINE)) || Response.error();
  }
  if (!(await keep(await copy.formData(), url))) return (await caches.match(OFFLINE)) || Response.error();
  if (self.registration.sync) self.registration.sync.register("diary").catch(() => {});
  return Response.redirect("/portal/today", 303);
}

async function keep(form, url) {
  if (form.get("do") === "withdraw") return false;
  const fields = {};
  for (const [name, value] of form) {
    if (!BESIDE.has(name) && typeof value === "string") (fields[name] ||= []).push(value);
  }
  const last = url.pathname.split("/").pop();
  const photo = form.get("photo");
  const entry = {
    key: form.get("key") || self.crypto.randomUUID(),
    account: form.get("account"),
    for: form.get("for"),
    what: form.get("what"),
    stage: form.get("stage"),
    entry: url.pathname.split("/").length === 4 ? last : "",
    corrects: url.pathname.includes("/correct/") ? last : "",
    made_at: new Date().toISOString(),
    fields,
    photo: photo && photo.size ? photo : null,
    refused: 0,
    problem: "",
  };
  await change((store) => store.add(entry));
  return true;
}

// The queue

function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("traceapp-diary", 1);
    opening.onupgradeneeded = () => {
      const store = opening.result.createObjectStore("waiting", { keyPath: "n", autoIncrement: true });
      store.createIndex("key", "key", { unique: true });
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function change(act, mode = "readwrite") {
  const base = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = base.transaction("waiting", mode);
      const asked = act(transaction.objectStore("waiting"));
      transaction.oncomplete = () => resolve(asked && asked.result);
      // The same form sent twice lies here already.
      transaction.onabort = () =>
        transaction.error && transaction.error.name === "ConstraintError" ? resolve() : reject(transaction.error);
    });
  } finally {
    base.close();
  }
}

const waiting = () => change((store) => store.getAll(), "readonly");

async function forgetEntry(key) {
  for (const one of await waiting()) if (one.key === key) await change((store) => store.delete(one.n));
}

async function list() {
  const found = await waiting();
  const plotsOf = (fields) => [...(fields.plots || []), ...(fields["plots-new"] || [])].filter(Boolean);
  const typedIn = (fields) => Object.entries(fields).flatMap(([name, texts]) => (UNTYPED.has(name) ? [] : texts)).filter(Boolean);
  const told = found.map(({ photo, ...one }) => ({ ...one, plots: plotsOf(one.fields), typed: typedIn(one.fields) }));
  return { waiting: told, taken, arrived };
}

let flushing = null;
let taken = 0;
let arrived = 0;

// `again` also sends what was refused before.
function flush(again = false) {
  flushing ||= sendAll(again === true).then(tell).finally(() => (flushing = null));
  return flushing;
}

async function tell(result) {
  if (result.sent) {
    arrived = result.sent;
    for (const page of await self.clients.matchAll()) page.postMessage({ taken, arrived });
  }
  return result;
}

async function sendAll(again) {
  const result = { sent: 0, signIn: false, reached: true };
  if (!(await waiting()).length) return result;
  try {
    const asked = await fetch("/portal/diary/session", { headers: { Accept: "application/json" } });
    if (asked.status === 401 || asked.status === 403) return { ...result, signIn: true };
    if (!asked.ok) return { ...result, reached: false };
    const session = await asked.json();
    const wrong = Date.parse(session.now) - Date.now();
    for (const one of await waiting()) {
      if (one.account !== session.account || (one.refused && !again)) continue;
      const answer = await fetch("/portal/diary/arrive", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": session.csrf },
        body: JSON.stringify(await told({ ...one, made_at: byTheirClock(one.made_at, wrong) })),
      });
      if (answer.status === 401 || answer.status === 403) return { ...result, signIn: true };
      if (answer.status > 500 || answer.status === 429) return { ...result, reached: false };
      if (answer.ok) {
        await change((store) => store.delete(one.n));
        result.sent += 1;
        taken = Date.now();
      } else {
        const said = await answer.json().catch(() => ({}));
        await change((store) => store.put({ ...one, refused: answer.status, problem: said.words || "" }));
      }
    }
  } catch {
    // No signal again: what is left waits on.
    return { ...result, reached: false };
  }
  return result;
}

// A phone whose clock is minutes or years off still knows how long ago it was.
function byTheirClock(made_at, wrong) {
  return Math.abs(wrong) > WRONG ? new Date(Date.parse(made_at) + wrong).toISOString() : made_at;
}

async function told({ key, stage, entry, corrects, made_at, fields, photo }) {
  return { key, stage, entry, corrects, made_at, fields, photo: photo ? await base64(await smaller(photo)) : "" };
}

async function smaller(photo) {
  try {
    const picture = await createImageBitmap(photo, { imageOrientation: "from-image" });
    const scale = Math.min(1, WIDEST / picture.width);
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
  } catch {
    return photo;
  }
}

async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}
