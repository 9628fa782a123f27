// What the scripts here share: lines in, verdicts out, and a document loader that never asks the network.

import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

// A folder of contexts with a manifest.json: {"https://…": {"file": "name.jsonld"}, …}
export function contextsIn(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  return new Map(Object.entries(manifest).map(
    ([url, {file}]) => [url, JSON.parse(readFileSync(join(folder, file), 'utf8'))]));
}

export function loaderOf(documents) {
  return async url => {
    if(!documents.has(url)) {
      throw new Error(`${url} is not among the local documents, and the network is not asked.`);
    }
    return {contextUrl: null, documentUrl: url, document: documents.get(url)};
  };
}

// Answers each line of standard input with one line: {"ok": true, …} or {"ok": false, "error": "…"}.
export async function answerLines(judge) {
  for await (const line of createInterface({input: process.stdin, crlfDelay: Infinity})) {
    if(line) {
      console.log(JSON.stringify(await verdictOn(line, judge)));
    }
  }
}

async function verdictOn(line, judge) {
  try {
    return {ok: true, ...await judge(JSON.parse(line))};
  } catch(error) {
    return {ok: false, error: reasonOf(error)};
  }
}

function reasonOf(error) {
  const causes = [error.errors, error.cause, error.details?.cause].flat().filter(Boolean);
  const event = error.details?.event;
  const own = event ? `${event.code}: ${JSON.stringify(event.details)}` : `${error.name}: ${error.message}`;
  return [own, ...causes.map(reasonOf)].join(' — ');
}
