// Whoever signs out leaves no page behind in this browser. Entries that wait stay: they are shown to their writer alone.

async function leave() {
  if (!("caches" in self)) return;
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("traceapp-diary-")).map((name) => caches.delete(name)));
}

const out = document.querySelector('form[action="/logout"]');
if (out) out.addEventListener("submit", leave);
else leave();
// Whoever goes on for another organisation does not write into the pages of the one before.
const other = document.querySelector('form[action="/portal/account/organisation"]');
if (other) other.addEventListener("submit", leave);

// Where nobody is signed in, only how many wait is told, not what: they go out when who wrote them signs in.
const left = document.getElementById("left");

async function tellLeft() {
  const registration = await navigator.serviceWorker.getRegistration("/portal");
  if (!registration || !registration.active) return;
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => {
    left.hidden = !data.waiting.length;
    left.querySelector("span").textContent = data.waiting.length;
  };
  registration.active.postMessage({ type: "list" }, [channel.port2]);
}

if (left && "serviceWorker" in navigator) tellLeft();
