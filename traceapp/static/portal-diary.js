// What makes the diary quicker where JavaScript runs; every form works without it.

const worker = "serviceWorker" in navigator ? navigator.serviceWorker : null;

// Each form opened is one entry, also where its page comes out of the cache a second time.
function newKey() {
  const key = document.querySelector("form[data-entry] [name=key]");
  if (key && self.crypto.randomUUID) key.value = self.crypto.randomUUID();
}

// What the server does not take at once, this page's worker keeps and sends again.
if (worker && worker.controller) {
  for (const form of document.querySelectorAll("form[data-entry]")) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "waits", value: "yes" }));
  }
}

newKey();
addEventListener("pageshow", (event) => event.persisted && newKey());

// A page that lay in the phone says so, and offers the day it is now: the one it was made on may be over.
const told = (when) => {
  const at = (options) => when.toLocaleString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", ...options });
  return `${at({ hour: "2-digit", minute: "2-digit" })} ${at({ day: "2-digit", month: "2-digit" }).replace("-", "/")}`;
};
const DAY = 86400000;
const dayOf = (time) => Math.floor((time + 7 * 3600000) / DAY);
const [opened] = performance.getEntriesByType("navigation");
const kept = opened && (opened.serverTiming || []).find(({ name }) => name === "kept");

if (kept) {
  for (const one of document.querySelectorAll("[data-kept]")) {
    one.hidden = false;
    one.querySelector("span").textContent = told(new Date(kept.description));
  }
  // By the server's clock and how long ago that was: the phone's own may be wrong.
  const made = Date.parse(kept.description);
  const passed = dayOf(made + kept.duration) - dayOf(made);
  const day = document.querySelector("form[data-entry] [data-today]");
  if (day && passed > 0) {
    const now = new Date(Date.parse(day.dataset.today) + passed * DAY).toISOString().slice(0, 10);
    day.querySelector("input").value = now.split("-").reverse().join("/");
  }
}

// One more line needs no server.
for (const button of document.querySelectorAll("button[value=more]")) {
  button.addEventListener("click", (event) => {
    const last = button.previousElementSibling;
    const copy = last.cloneNode(true);
    const inputs = [...copy.querySelectorAll("input, select")];
    const found = /-(\d+)-/.exec(inputs[0].name);
    if (!found || Number(found[1]) >= Number(button.dataset.most)) return;
    event.preventDefault();
    const next = (text) => text.replace(`-${found[1]}-`, `-${Number(found[1]) + 1}-`);
    for (const one of copy.querySelectorAll("[id], [for], [name]")) {
      for (const name of ["id", "for", "name"]) if (one.hasAttribute(name)) one.setAttribute(name, next(one.getAttribute(name)));
    }
    for (const one of inputs) one.value = "";
    for (const one of copy.querySelectorAll(".error")) one.remove();
    copy.classList.remove("wrong");
    last.after(copy);
    inputs[0].focus();
  });
}

// Touching a field takes over what it offers.
for (const field of document.querySelectorAll(".copied")) {
  const keep = field.querySelector(".keep input");
  const touched = (event) => {
    if (keep && !event.target.closest(".keep")) keep.checked = true;
  };
  field.addEventListener("focusin", touched);
  field.addEventListener("input", touched);
}

// A value beyond its limit opens what was done about it. Only the server judges: this merely shows the questions sooner.
function number(text) {
  const said = text.trim().replace("−", "-");
  // What may be two numbers is asked about by the server.
  const either = document.documentElement.lang === "en" ? /^-?[1-9]\d{0,2}[.,]\d{3}$/ : /^-?[1-9]\d{0,2},\d{3}$/;
  if (either.test(said)) return NaN;
  const isEnglish = /^-?\d{1,3}((,\d{3})+\.\d+|(,\d{3}){2,})$/.test(said);
  const isGrouped = /^-?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$/.test(said);
  return Number(isEnglish ? said.replaceAll(",", "") : (isGrouped ? said.replaceAll(".", "") : said).replace(",", "."));
}
const limited = [...document.querySelectorAll("[data-least], [data-most]")];

function openCorrection() {
  const out = limited.some(({ value, dataset }) => {
    const found = number(value);
    if (!value.trim() || Number.isNaN(found)) return false;
    return found < number(dataset.least || "-1e12") || found > number(dataset.most || "1e12");
  });
  for (const one of document.querySelectorAll("[data-opens]")) one.hidden = !out;
}

for (const one of limited) one.addEventListener("input", openCorrection);

// What waits in the phone

const place = document.querySelector("[data-waiting]");
const note = place && place.querySelector(".note");
const AGAIN = 20000;
const PAUSES = [0, 2000, 6000];
const ARRIVED = "traceapp-arrived";

function ask(message) {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data);
    worker.ready.then((registration) => registration.active.postMessage(message, [channel.port2]));
  });
}

const person = (whose) => whose.split(" ")[0];

async function show(signIn, said = "") {
  const { waiting, taken, arrived } = await ask({ type: "list" });
  if (showOlder(taken, arrived)) return;
  const mine = waiting.filter((one) => person(one.account) === person(place.dataset.diary));
  // What waits only here must not be what a full phone throws away first.
  if (mine.length && navigator.storage && navigator.storage.persist) navigator.storage.persist();
  note.hidden = !mine.length;
  const leaving = signIn ? [] : mine.filter((one) => !one.refused && one.account === place.dataset.diary);
  tellCount("[data-leaving]", leaving.length);
  tellCount("[data-stuck]", mine.length - leaving.length);
  place.querySelector("[data-sign-in]").hidden = !signIn;
  // Whoever is asked to sign in was answered: there is signal.
  if (signIn) for (const one of document.querySelectorAll("[data-kept]")) one.hidden = true;
  place.querySelector("[data-said]").textContent = said;
  const list = place.querySelector("[data-queue]");
  list.replaceChildren(...mine.map(line));
  showUncounted(mine.filter((one) => one.account === place.dataset.diary));
}

function tellCount(which, count) {
  const words = place.querySelector(which);
  words.hidden = !count;
  words.querySelector("[data-count]").textContent = count;
}

function line(one) {
  const made = place.querySelector("[data-line]").content.firstElementChild.cloneNode(true);
  const elsewhere = one.account !== place.dataset.diary;
  made.querySelector("b").textContent = one.what;
  made.querySelector("span").textContent = [one.plots.join(", "), told(new Date(one.made_at))].filter(Boolean).join(" · ");
  made.querySelector("em").textContent = elsewhere
    ? place.dataset.elsewhere.replace("{}", one.for)
    : one.refused ? one.problem || place.dataset.refused : "";
  // What the server refuses lies nowhere else: it can be read here, and is thrown away by a second tap only.
  made.querySelector("p").hidden = !one.refused;
  made.querySelector("p span").textContent = one.typed.join(" · ");
  const button = made.querySelector("button");
  button.hidden = !one.refused;
  button.addEventListener("click", () => {
    if (button.dataset.sure) {
      button.textContent = button.dataset.sure;
      delete button.dataset.sure;
    } else ask({ type: "drop", key: one.key }).then(() => show(false));
  });
  return made;
}

// A spray that lies only here is counted by nobody: until it was sent, no page may say from when its plot is harvested.

const plots = document.querySelector("[data-plots]");
const keyOf = (code) => code.normalize("NFC").toLowerCase().trim().replace(/\s+/g, " ");

// The day as the server reads it, in milliseconds; NaN for what it would ask about.
function readDay(text) {
  const said = (text || "").trim().replace(/^(\d{4})-(\d\d)-(\d\d)$/, "$3/$2/$1").replace(/^(\d\d)(\d\d)(\d{4})$/, "$1/$2/$3");
  const found = /^(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})$/.exec(said);
  const day = found ? new Date(Date.UTC(found[3], found[2] - 1, found[1])) : null;
  return day && day.getUTCDate() === Number(found[1]) ? day.getTime() : NaN;
}

// The first day of harvest by what was written down; NaN where that says none.
function allowedFrom({ fields }, days) {
  const waits = (fields[days] || [""])[0].trim();
  const last = (fields.end || [])[0] || (fields.start || [])[0];
  return /^\d{1,3}$/.test(waits) ? readDay(last) + Math.max(Number(waits), 1) * DAY : NaN;
}

function uncounted(mine) {
  const waits = new Map(plots.dataset.waits.split(" ").map((one) => one.split(":")));
  const found = new Map();
  for (const one of mine.filter(({ stage }) => waits.has(stage))) {
    for (const code of one.plots.flatMap((typed) => typed.split(/[\n,;]/)).map((typed) => typed.trim()).filter(Boolean)) {
      const known = found.get(keyOf(code)) || { code, days: [] };
      found.set(keyOf(code), { ...known, days: [...known.days, allowedFrom(one, waits.get(one.stage))] });
    }
  }
  return found;
}

function showUncounted(mine) {
  if (!plots) return;
  const found = uncounted(mine);
  for (const one of plots.querySelectorAll("[data-plot]")) {
    const known = found.get(keyOf(one.dataset.plot));
    one.hidden = Boolean(known);
    // What waits by the records waits on, however short the new one is.
    if (known) known.days.push(readDay(one.dataset.from));
  }
  const list = plots.querySelector("[data-uncounted]");
  list.replaceChildren(...[...found.values()].map(uncountedLine));
  list.hidden = !found.size;
  for (const one of plots.querySelectorAll("details")) {
    const left = one.querySelectorAll("[data-plot]:not([hidden])").length;
    one.hidden = !left;
    one.querySelector("[data-count]").textContent = left;
  }
}

function uncountedLine({ code, days }) {
  const made = plots.querySelector("[data-uncounted-line]").content.firstElementChild.cloneNode(true);
  const known = days.filter((day) => !Number.isNaN(day));
  made.querySelector("[data-code]").textContent = code;
  made.querySelector("[data-soonest]").hidden = !known.length;
  if (known.length) {
    const soonest = new Date(Math.max(...known)).toISOString().slice(0, 10);
    made.querySelector("[data-soonest] strong").textContent = soonest.split("-").reverse().join("/");
  }
  return made;
}

// A page made before the server took an entry does not list it yet; the next one says that they arrived.
function showOlder(taken, arrived) {
  const older = taken > performance.timeOrigin;
  if (older) {
    sessionStorage.setItem(ARRIVED, arrived);
    location.reload();
  }
  return older;
}

function tellArrived() {
  const count = sessionStorage.getItem(ARRIVED);
  sessionStorage.removeItem(ARRIVED);
  const note = document.querySelector("[data-arrived]");
  if (!count || kept) return;
  note.querySelector("span").textContent = count;
  note.hidden = false;
}

async function flush(asked) {
  const { signIn, reached } = await ask({ type: asked ? "again" : "flush" });
  await show(signIn, asked && !reached ? place.dataset.unreached : "");
  return reached && !signIn;
}

// The first word of a signal often comes before the signal does. A page that says it lay here without is loaded anew.
async function goOn() {
  for (const pause of PAUSES) {
    await new Promise((over) => setTimeout(over, pause));
    if (await flush(false)) return kept && location.reload();
  }
}

// Signal too weak, or a server that is down, comes back without a word from the browser.
function goOnWaiting() {
  if (document.visibilityState === "visible" && !note.hidden) flush(false);
}

if (worker) {
  worker.register("/portal/worker.js", { scope: "/portal" }).then(async () => {
    if (!place) return;
    await show(false);
    await flush(false);
    if (navigator.onLine) await ask({ type: "pages", urls: ["/portal/today", ...place.dataset.pages.trim().split(/\s+/)] });
    document.documentElement.dataset.offline = "ready";
  });
  worker.addEventListener("message", ({ data }) => place && showOlder(data.taken, data.arrived));
  worker.startMessages();
  if (place) {
    tellArrived();
    addEventListener("online", goOn);
    document.addEventListener("visibilitychange", goOnWaiting);
    setInterval(goOnWaiting, AGAIN);
    place.querySelector("[data-send]").addEventListener("click", () => flush(true));
  }
}
