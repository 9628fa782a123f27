// Reports made on the phone: kept until the service has each of them, and sent once, under a key of their own.

const ADDRESS = '/inspect/send';

export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export async function keep(store, report) {
  await store.put('reports', report.key, report);
}

// Send what waits: {sent, left, problem}. `problem`: null, or sign-in, not-inspector, send-later, or a refusal's words.
export async function sendAll(store) {
  const waiting = await store.all('reports');
  if (!waiting.length) return { sent: 0, left: 0, problem: null };
  const me = await whoAmI();
  if (me.problem) return { sent: 0, left: waiting.length, problem: me.problem };
  let sent = 0;
  let problem = null;
  for (const report of waiting) {
    const told = await sendOne(report, me.csrf);
    if (told === null) {
      await store.remove('reports', report.key);
      sent += 1;
    } else {
      problem = told;
      if (typeof told === 'string') break;
      await store.put('reports', report.key, { ...report, refused: told.refused });
    }
  }
  return { sent, left: waiting.length - sent, problem };
}

async function whoAmI() {
  const answer = await fetch('/inspect/me.json', { cache: 'no-store', headers: { Accept: 'application/json' } }).catch(() => null);
  if (!answer || answer.status >= 500) return { problem: 'send-later' };
  if (answer.status === 403) return { problem: 'not-inspector' };
  return answer.ok ? await answer.json() : { problem: 'sign-in' };
}

// null when the service has it, else a problem: text to be said, or {refused} with its reason.
async function sendOne({ key, photo, refused, ...report }, csrf) {
  const form = new FormData();
  form.set('inspection', JSON.stringify({ key, ...report }));
  if (photo) form.set('photo', photo, 'photo.jpg');
  const headers = { Accept: 'application/json', 'X-CSRF-Token': csrf };
  const answer = await fetch(ADDRESS, { method: 'POST', body: form, headers }).catch(() => null);
  if (!answer || answer.status >= 500) return 'send-later';
  if (answer.ok) return null;
  if (answer.status === 401) return 'sign-in';
  if (answer.status === 403) return 'not-inspector';
  const told = await answer.json().catch(() => ({}));
  return { refused: told.detail ?? String(answer.status) };
}
