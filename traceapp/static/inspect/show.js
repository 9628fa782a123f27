// Putting lines, pairs and shapes onto the page. Words come as text, never as markup.

const SVG = 'http://www.w3.org/2000/svg';
const CSS = { good: 'good', info: 'info', warning: 'warn', bad: 'bad' };
const SHAPES = { 'lot-recalled': 'recall', 'input-recalled': 'recall', 'label-void': 'void', 'lot-on-hold': 'hold', 'foreign-label': 'foreign' };
const THEMES = { good: ['#1d5a3c', '#1f6040'], warn: ['#f3b62f', '#e5ab2b'], bad: ['#a3211b', '#ad2a21'], info: ['#24466f', '#2b5485'] };

export const at = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function drawing(name, css) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', css);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#${name}`);
  svg.append(use);
  return svg;
}

const shapeOf = ({ code, severity }) => `s-${SHAPES[code] ?? (code.startsWith('unchecked') ? 'unknown' : CSS[severity])}`;

// A list item of one finding: {code, severity} with {strong, rest}, and who says so where it is known.
export function lineItem(finding, { strong, rest }, mark = '') {
  const words = make('p', {}, make('strong', {}, strong), rest);
  const item = make('li', { class: CSS[finding.severity], 'data-finding': finding.code, 'data-severity': finding.severity });
  item.append(drawing(shapeOf(finding), 'shape'), words);
  if (mark) item.append(make('span', { class: 'mark' }, mark));
  return item;
}

export function fillPairs(list, rows) {
  list.replaceChildren(...rows.filter(([, value]) => value).flatMap(([name, value, code]) => [
    make('dt', {}, name),
    make('dd', code ? { class: 'code' } : {}, value),
  ]));
}

// The mat: its colour, shape and words, and its hem, which is half woven while something is unchecked.
export function showMat(finding, title, lead, share) {
  const css = CSS[finding.severity];
  document.body.className = css;
  at('opening').hidden = true;
  const head = at('head');
  head.hidden = false;
  head.dataset.headline = finding.code;
  head.querySelector('use').setAttribute('href', `#${shapeOf(finding)}`);
  at('headline').textContent = title;
  at('lead').textContent = lead;
  weave(css, share);
  for (const [place, meta] of document.querySelectorAll('meta[name=theme-color]').entries()) meta.content = THEMES[css][place];
  document.title = title;
}

function weave(css, share) {
  const hem = document.querySelector('svg.hem');
  hem.setAttribute('class', 'hem');
  const rect = (from, width, pattern) => {
    const made = document.createElementNS(SVG, 'rect');
    for (const [name, value] of Object.entries({ x: `${from}%`, width: `${width}%`, height: 26, fill: `url(#hem-${pattern})` })) made.setAttribute(name, value);
    return made;
  };
  const done = Math.round(share * 100);
  hem.replaceChildren(rect(0, done, css), ...(done < 100 && css !== 'info' ? [rect(done, 100 - done, 'info')] : []));
}
