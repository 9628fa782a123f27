// The static site's 404.html: whatever address was asked for, say what can still be said of it. Nothing is sent
// anywhere; the trust file that lies beside this page holds the keys.

import { parseLabel, verifyLabel } from './inspect/label.js';
import { readTrust } from './inspect/trust.js';

const SAID = {
  'label-signature-good': 'good',
  'label-key-revoked': 'revoked',
  'label-signature-bad': 'bad',
  'label-signature-missing': 'unsigned',
};

function show(what) {
  for (const part of document.querySelectorAll('[data-said]')) part.hidden = part.dataset.said !== what;
}

async function trustFile() {
  const answer = await fetch('/.well-known/traceapp-trust.json');
  return readTrust(new Uint8Array(await answer.arrayBuffer()));
}

// Labels are signed for the service's own name; a mirror under another name checks them under each of those.
async function judge(trust) {
  const rest = location.pathname.replace(/^\/verify/, '') + location.search;
  const here = trust.hosts.includes(location.host) ? [location.host] : trust.hosts;
  const found = [];
  for (const host of here) found.push(await verifyLabel(`https://${host}${rest}`, trust));
  return found.find((one) => one.code === 'label-signature-good') ?? found[0];
}

async function offerLot(path) {
  const answer = await fetch(`${path}${location.search.includes('lang=en') ? '?lang=en' : ''}`, { method: 'HEAD' });
  if (!answer.ok) return;
  const part = document.querySelector('[data-lot]');
  part.querySelector('a').href = path;
  part.hidden = false;
}

// The other language is the same address, its signature kept.
function keepSignature() {
  const link = document.querySelector('.bar a[hreflang]');
  const asked = new URLSearchParams(location.search);
  asked.set('lang', link.hreflang);
  link.href = `?${asked}`;
}

async function main() {
  keepSignature();
  let label = null;
  try {
    label = parseLabel(location.href.replace(/\/verify\//, '/'));
  } catch {
    show('nothing');
    return;
  }
  if (label.serial === null) {
    show('nothing');
    return;
  }
  const { code } = await judge(await trustFile());
  show(SAID[code] ?? 'unsigned');
  await offerLot(label.lotPath);
}

main();
