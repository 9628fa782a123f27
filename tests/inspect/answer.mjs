// node answer.mjs [--noble] < tasks.ndjson     each line {"do": name, …}, bytes in base64; one line of answer each.
//
// Runs the phone's own modules. With --noble there is no WebCrypto, as on an older phone or a page on plain http.

import { createInterface } from 'node:readline';

if (process.argv.includes('--noble')) Object.defineProperty(globalThis, 'crypto', { value: undefined });

const from = (name) => import(new URL(`../../traceapp/static/inspect/${name}.js`, import.meta.url));
const [base58, bundle, jcs, label, lists, merkle, note, offline, records, trust, own] = await Promise.all(
  ['base58', 'bundle', 'jcs', 'label', 'lists', 'merkle', 'note', 'offline', 'records', 'trust', 'own'].map(from),
);
const bytes = (encoded) => new Uint8Array(Buffer.from(encoded, 'base64'));
const encoded = (data) => Buffer.from(data).toString('base64');
const trusted = async (data) => (data ? trust.readTrust(bytes(data)) : null);

const acts = {
  base58: ({ data }) => ({ text: base58.encode(bytes(data)), back: encoded(base58.decode(base58.encode(bytes(data)))) }),
  jcs: ({ data }) => ({ data: encoded(jcs.canonicalise(JSON.parse(Buffer.from(bytes(data)).toString()))) }),
  canonical: ({ data }) => ({ value: jcs.parseCanonical(bytes(data)) }),
  pack: ({ files }) => ({ data: encoded(bundle.pack(new Map(Object.entries(files).map(([name, data]) => [name, bytes(data)])))) }),
  unpack: ({ data }) => ({ names: [...bundle.unpack(bytes(data)).records.keys()] }),
  parseLabel: ({ url }) => ({ label: label.parseLabel(url) }),
  label: async ({ url, trust: file }) => {
    const { code, problem, keyId, label: read } = await label.verifyLabel(url, await trusted(file));
    return { code, problem, keyId, path: read.path };
  },
  include: ({ leaf, index, size, path, root }) =>
    merkle.verifyInclusion(bytes(leaf), BigInt(index), BigInt(size), path.map(bytes), bytes(root)) ?? {},
  proof: async ({ proof, entry, vkey }) => {
    const found = await note.proofReader([{ ...note.parseKey(vkey), first: 0, compromised: null }])(note.parseProof(bytes(proof)), bytes(entry));
    return { size: String(found.size), root: encoded(found.root) };
  },
  cosigned: async ({ note: data, vkeys }) => ({ times: Object.fromEntries(await note.cosignatureTimes(bytes(data), vkeys.map(note.parseKey))) }),
  secured: async ({ document, key }) => {
    await records.verifyProof(document, document.proof, base58.decode(key.slice(1)).slice(2));
    return {};
  },
  trust: async ({ data, pinned }) => {
    const found = await trust.readTrust(bytes(data), await trusted(pinned));
    return { version: found.version, host: found.host };
  },
  follow: async ({ newest, pinned, between }) => {
    const found = await trust.followTrust(async (version) => bytes(between[version]), bytes(newest), await trusted(pinned));
    return { version: found.version };
  },
  lists: async ({ data, trust: file, path, now }) => {
    const found = await lists.readLists(bytes(data), await trusted(file), now);
    return { asOf: found.asOf, size: found.size, of: path ? lists.lookUp(found, label.parseLabel(path)) : null };
  },
  bundle: async ({ data, pinned }) => {
    const found = await offline.checkBundle(bytes(data), await trusted(pinned));
    return {
      refused: found.refused?.problem ?? null,
      wrong: Object.fromEntries(found.checks.filter((one) => one.state !== 'good').map((one) => [one.id, one.state])),
      problems: found.checks.map((one) => one.problem).filter(Boolean),
      good: found.checks.filter((one) => one.state === 'good').length,
      confirms: own.confirmingKeys(found).map((one) => one.method),
      own: found.checks.filter((one) => one.own && one.state === 'good').map((one) => one.own.method),
      code: found.code?.code ?? null,
      size: Number(found.size),
      restricted: found.restricted,
      witnessed: found.witnessed,
      cosigned: Object.fromEntries(Object.entries(found.cosigned ?? {}).map(([name, ids]) => [name, [...ids].sort()])),
      doubts: (found.doubts ?? []).map(({ id, since, records: ids }) => ({ id, since, records: ids })),
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  let answer;
  try {
    answer = { ok: true, ...(await acts[task.do](task)) };
  } catch (cause) {
    answer = { ok: false, code: cause.code ?? cause.name, problem: cause.problem ?? null, error: cause.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
