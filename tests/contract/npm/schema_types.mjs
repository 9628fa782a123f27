// node schema_types.mjs < documents.ndjson        each line {"type": "Product", "document": {…}}
//
// Holds each JSON-LD document against the types that schema-dts makes of schema.org's own definition, with TypeScript's
// compiler: a property that its type does not have, or a value of another kind, is an error. Nothing is fetched.

import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {createInterface} from 'node:readline';
import ts from 'typescript';

const FILE = join(dirname(fileURLToPath(import.meta.url)), 'documents.ts');
const OPTIONS = {
  noEmit: true, strict: true, types: [], skipLibCheck: true, target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler
};

const wanted = [];
for await (const line of createInterface({input: process.stdin, crlfDelay: Infinity})) {
  if(line) {
    wanted.push(JSON.parse(line));
  }
}
// One line of source for each document, so that a complaint's line says whose it is.
const source = ['import type * as schema from "schema-dts";', ...wanted.map(({type, document}, number) =>
  `export const d${number}: schema.WithContext<schema.${type}> = ${JSON.stringify(document)};`)].join('\n');

const host = ts.createCompilerHost(OPTIONS);
const read = host.getSourceFile;
host.getSourceFile = (name, ...more) =>
  name === FILE ? ts.createSourceFile(name, source, OPTIONS.target) : read(name, ...more);
host.fileExists = (known => name => name === FILE || known(name))(host.fileExists);

const program = ts.createProgram([FILE], OPTIONS, host);
const complaints = wanted.map(() => []);
for(const one of ts.getPreEmitDiagnostics(program)) {
  const text = ts.flattenDiagnosticMessageText(one.messageText, ' ');
  if(one.file?.fileName !== FILE) {
    throw new Error(text);
  }
  const {line} = one.file.getLineAndCharacterOfPosition(one.start);
  if(line === 0) {
    throw new Error(text);
  }
  complaints[line - 1].push(text);
}
for(const found of complaints) {
  console.log(JSON.stringify(found.length ? {ok: false, error: found.join(' — ').slice(0, 2000)} : {ok: true}));
}
