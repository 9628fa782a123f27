// The report's form, and the list of reports that wait to be sent.

import { shrink } from './camera.js';
import { keep, newKey, sendAll } from './sending.js';
import { at, make } from './show.js';

export function prepareReports(store, say, now) {
  const { checklists, results } = say.words;
  let about = '';

  at('checklist').replaceChildren(...Object.entries(checklists).map(([name, [words]]) => make('option', { value: name }, words)));
  at('checklist').addEventListener('change', ask);
  at('report-form').addEventListener('submit', (event) => (event.preventDefault(), take()));
  at('send').addEventListener('click', send);
  ask();
  list();

  function ask() {
    const [, questions] = checklists[at('checklist').value];
    at('questions').replaceChildren(...Object.entries(questions).map(([code, words]) => question(code, words)));
  }

  function question(code, words) {
    const picks = Object.entries(results).map(([value, name]) =>
      make('label', {}, make('input', { type: 'radio', name: `check-${code}`, value }), ` ${name}`));
    return make('fieldset', { class: 'field' }, make('legend', {}, words), make('div', { class: 'pick' }, ...picks));
  }

  function open(path) {
    about = path;
    at('report-form').reset();
    ask();
    at('report-about').textContent = path;
    at('report').hidden = false;
    at('report-title').focus();
  }

  async function take() {
    const form = new FormData(at('report-form'));
    const missing = !form.get('result');
    at('result-error').hidden = !missing;
    at('result-error').textContent = missing ? say.phrase('say-result') : '';
    at('result-field').classList.toggle('wrong', missing);
    if (missing) return at('result-field').scrollIntoView({ block: 'center' });
    const photo = form.get('photo');
    const small = photo?.size ? await shrink(photo).catch(() => null) : null;
    await keep(store, { ...reportOf(form), key: newKey(), photo: small });
    at('report').hidden = true;
    await list(say.phrase(store.keeps ? 'kept' : 'kept-not'));
    await send();
  }

  function reportOf(form) {
    const text = (name) => form.get(name)?.trim() || null;
    const checks = {};
    for (const [name, value] of form) if (name.startsWith('check-')) checks[name.slice(6)] = value;
    const what = text('measured-what');
    const measured = what ? [{ what, value: text('measured-value'), unit: text('measured-unit') }] : [];
    const made = new Date(now()).toISOString().slice(0, 19) + 'Z';
    return { about, made, result: text('result'), checklist: text('checklist'), checks, seal: text('seal'), sample: text('sample'), measured, note: text('note') };
  }

  async function send() {
    if (!(await store.all('reports')).length) return list();
    const { sent, problem } = await sendAll(store);
    const words = typeof problem === 'string' ? say.phrase(problem) : problem ? say.phrase('send-refused', { reason: problem.refused }) : '';
    await list([sent ? say.phrase('sent', { count: say.number(sent) }) : '', words].filter(Boolean).join(' '));
    at('sign-in').hidden = problem !== 'sign-in';
    document.documentElement.dataset.sent = sent;
  }

  async function list(told = '') {
    const waiting = await store.all('reports');
    const state = waiting.length ? say.phrase('waiting', { count: say.number(waiting.length) }) : say.phrase('waiting-none');
    at('waiting-words').textContent = [told, state].filter(Boolean).join(' ');
    at('send').hidden = !waiting.length;
    at('waiting-list').replaceChildren(...waiting.map(item));
  }

  function item(report) {
    const words = `${say.instant(Date.parse(report.made))} · ${results[report.result]}`;
    const drop = make('button', { type: 'button' }, say.phrase('remove'));
    drop.addEventListener('click', async () => confirm(say.phrase('remove-sure')) && (await store.remove('reports', report.key), list()));
    const refused = report.refused ? [make('span', { class: 'small' }, say.phrase('send-refused', { reason: report.refused }))] : [];
    return make('li', {}, make('span', { class: 'code' }, report.about), words, ...refused, drop);
  }

  return { open, send };
}
