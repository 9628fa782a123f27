// Passkeys: signing in with one, and making one. Without this script passwords work as before.

const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0));
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

async function ask(address, body, csrf) {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  if (csrf) headers['X-CSRF-Token'] = csrf;
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { told: await answer.json().catch(() => ({})) });
  return answer.json();
}

const sent = found => ({
  id: found.id,
  rawId: text(found.rawId),
  type: found.type,
  clientExtensionResults: found.getClientExtensionResults(),
  response: Object.fromEntries(['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
    .filter(name => found.response[name]).map(name => [name, text(found.response[name])])),
});

async function signIn(next) {
  const { state, options } = await ask('/passkey/sign-in/begin', {});
  const found = await answered(options);
  const answer = await ask('/passkey/sign-in', { state, credential: sent(found), next });
  location.assign(answer.next);
}

async function make(csrf, password) {
  const begin = told => ask('/portal/passkeys/begin', told, csrf);
  const { state, options } = await begin({ password: password.value }).catch(async failed => {
    // Where passkeys alone count, one of them makes another.
    const { prove } = failed.told ?? {};
    if (prove) return begin({ state: prove.state, credential: sent(await answered(prove.options)) });
    // Signed in a while ago: the password is asked for once more.
    if (failed.message === '403') password.closest('.field').parentElement.hidden = false;
    throw failed;
  });
  options.challenge = bytes(options.challenge);
  options.user.id = bytes(options.user.id);
  options.excludeCredentials = (options.excludeCredentials || []).map(one => ({ ...one, id: bytes(one.id) }));
  const made = await navigator.credentials.create({ publicKey: options });
  await ask('/portal/passkeys', { state, credential: sent(made) }, csrf);
  location.reload();
}

function offer(place, act) {
  const button = place?.querySelector('button');
  if (!button || !window.PublicKeyCredential) return;
  place.hidden = false;
  button.addEventListener('click', async () => {
    const told = place.querySelector('.error');
    told.hidden = true;
    try {
      await act();
    } catch (failed) {
      // A device makes one key for one account: trying again would not help.
      told.textContent = (failed.name === 'InvalidStateError' && place.dataset.there) || place.dataset.failed;
      told.hidden = false;
    }
  });
}

const login = document.getElementById('passkey');
offer(login, () => signIn(login.dataset.next));
const fresh = document.getElementById('new-passkey');
offer(fresh, () => make(fresh.dataset.csrf, fresh.querySelector('input')));

function answered(options) {
  const allowed = (options.allowCredentials || []).map(one => ({ ...one, id: bytes(one.id) }));
  return navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: allowed } });
}

// One touch for one act: the form is sent with the answer.
async function touch(place) {
  const found = await answered(JSON.parse(place.dataset.options));
  const form = place.closest('form');
  form.querySelector('input[name$="-answer"]').value = JSON.stringify(sent(found));
  form.submit();
}

for (const asked of ['step-up', 'cosign'].map(id => document.getElementById(id))) offer(asked, () => touch(asked));
