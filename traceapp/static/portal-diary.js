// What makes the diary quicker where JavaScript runs; every form works without it.

const worker = "serviceWorker" in navigator ? navigator.serviceWorker : null;

// Each form opened is one entry, also where its page comes out of the cache a second time.
function newKey() {
  const key = document.querySelector("form[data-entry] [name=key]");
  if (key && self.crypto.randomUUID) key.value = self.crypto.randomUUID();
}

newKey();
addEventListener("pageshow", (event) => event.persisted && newKey());

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
const number = (text) => Number(text.trim().replace(/\.(?=\d{3}(?:\D|$))/g, "").replace(",", ".").replace("−", "-"));
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

function ask(message) {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data);
    worker.ready.then((registration) => registration.active.postMessage(message, [channel.port2]));
  });
}

async function show(signIn) {
  const { waiting, taken } = await ask({ type: "list" });
  if (showOlder(taken)) return;
  const mine = waiting.filter((one) => one.account === place.dataset.diary);
  const note = place.querySelector(".note");
  note.hidden = !mine.length;
  place.querySelector("[data-count]").textContent = mine.length;
  place.querySelector("[data-sign-in]").hidden = !signIn;
  const list = place.querySelector("[data-queue]");
  list.replaceChildren(...mine.map(line));
}

function line(one) {
  const made = place.querySelector("[data-line]").content.firstElementChild.cloneNode(true);
  const when = new Date(one.made_at);
  made.querySelector("b").textContent = one.what;
  made.querySelector("span").textContent = when.toLocaleString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    day: "2-digit",
    month: "2-digit",
  });
  made.querySelector("em").textContent = one.problem;
  const button = made.querySelector("button");
  button.hidden = !one.problem;
  button.addEventListener("click", () => ask({ type: "drop", key: one.key }).then(() => show(false)));
  return made;
}

// A page made before the server took an entry does not list it yet.
function showOlder(taken) {
  const older = taken > performance.timeOrigin;
  if (older) location.reload();
  return older;
}

async function flush() {
  const { signIn } = await ask({ type: "flush" });
  await show(signIn);
}

if (worker) {
  worker.register("/portal/worker.js", { scope: "/portal" }).then(async () => {
    if (!place) return;
    await show(false);
    await flush();
    if (navigator.onLine) await ask({ type: "pages", urls: ["/portal/today", ...place.dataset.pages.trim().split(/\s+/)] });
    document.documentElement.dataset.offline = "ready";
  });
  worker.addEventListener("message", (event) => place && showOlder(event.data.taken));
  worker.startMessages();
  addEventListener("online", () => place && flush());
  if (place) place.querySelector("[data-send]").addEventListener("click", flush);
}
