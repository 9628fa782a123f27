// Suggestions while somebody types. Without this file the form works by itself.
const form = document.querySelector('form[data-hints]');
const field = form.elements.code;
let composing, timer, request, active;

function set(node, attributes) {
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  return node;
}
function make(tag, attributes, text = '') {
  const node = set(document.createElement(tag), attributes);
  node.textContent = text;
  return node;
}
const list = make('ul', { id: 'hits', class: 'hits', role: 'listbox', 'aria-label': form.dataset.hints });
const status = make('p', { class: 'hide', role: 'status' });

function mark(option) {
  active?.removeAttribute('aria-selected');
  active = option;
  set(field, { 'aria-activedescendant': option?.id ?? '' });
  if (option) set(option, { 'aria-selected': true }).scrollIntoView({ block: 'nearest' });
}

function show({ hits, said }) {
  mark();
  list.replaceChildren(...hits.map(({ name, about, url }, at) => {
    const option = make('li', { id: 'hit' + at, role: 'option', 'data-url': url });
    option.append(make('b', {}, name), make('span', { class: 'small' }, about));
    return option;
  }));
  list.hidden = !hits.length;
  set(field, { 'aria-expanded': !list.hidden });
  status.textContent = said;
}

function stop() {
  clearTimeout(timer);
  request?.abort();
}

function close() {
  stop();
  show({ hits: [], said: '' });
}

async function ask() {
  if (field.value.trim().length < 2) return close();
  request = new AbortController();
  const query = new URLSearchParams({ q: field.value, lang: form.elements.lang.value });
  const answer = await fetch('/search.json?' + query, { signal: request.signal });
  if (answer.ok) show(await answer.json());
}

function soon() {
  stop();
  timer = setTimeout(() => ask().catch(() => {}), 120); // aborted, or offline
}

function on(node, acts) {
  for (const name in acts) node.addEventListener(name, acts[name]);
}
on(field, {
  // What Telex is still putting together is no word yet.
  compositionstart: () => { composing = true; stop(); },
  compositionend: () => { composing = false; soon(); },
  input: () => composing || soon(),
  blur: close,
  keydown(event) {
    if (composing || list.hidden) return;
    if (event.key === 'Escape') close();
    else if (event.key === 'ArrowDown') mark(active ? active.nextSibling : list.firstChild);
    else if (event.key === 'ArrowUp') mark(active ? active.previousSibling : list.lastChild);
    else if (event.key === 'Enter' && active) location.assign(active.dataset.url);
    else return;
    event.preventDefault();
  },
});
on(list, {
  // The field keeps the focus: `blur` would swallow the press.
  mousedown: (event) => event.preventDefault(),
  click: (event) => location.assign(event.target.closest('li').dataset.url),
});

set(field, { role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': 'hits' });
form.append(list, status);
close();
