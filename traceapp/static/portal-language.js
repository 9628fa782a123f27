// Whoever changes the language in the middle of a form finds there what was typed. It stays in this tab, for that once.

const KEPT = 'traceapp-typed';
const NEVER = ['hidden', 'password', 'file', 'submit', 'button'];
const ticked = (field) => ['radio', 'checkbox'].includes(field.type);

function fields() {
  const all = [...document.querySelectorAll('main form[method="post"] [name]')];
  return all.filter((field) => !NEVER.includes(field.type));
}

function keep() {
  const typed = fields().map((field) => [field.name, ticked(field) ? [field.value, field.checked] : field.value]);
  if (typed.length) sessionStorage.setItem(KEPT, JSON.stringify({ path: location.pathname, typed }));
}

function bring({ path, typed }) {
  const here = fields();
  // Another page, or one with other fields: nothing is put where it was not typed.
  if (path !== location.pathname || here.length !== typed.length) return;
  if (here.some((field, at) => field.name !== typed[at][0])) return;
  here.forEach((field, at) => {
    const value = typed[at][1];
    if (!ticked(field)) field.value = value;
    else if (field.value === value[0]) field.checked = value[1];
  });
  document.querySelectorAll('main form[hx-get]').forEach((form) => form.dispatchEvent(new Event('change', { bubbles: true })));
}

const kept = sessionStorage.getItem(KEPT);
sessionStorage.removeItem(KEPT);
if (kept) bring(JSON.parse(kept));
for (const link of document.querySelectorAll('a[hreflang]')) link.addEventListener('click', keep);
