// node expand.mjs CONTEXTS_FOLDER < documents.ndjson
//
// Expands each JSON-LD document in safe mode and turns it into RDF in safe mode, without network. Expansion alone lets
// a relative value of an @id or @vocab term pass; RDF does not. Answers with the terms that the document's graph uses.

import jsonld from 'jsonld';
import {answerLines, contextsIn, loaderOf} from './local.mjs';

const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
const options = {safe: true, base: null, documentLoader: loaderOf(contextsIn(process.argv[2]))};

await answerLines(async document => {
  const expanded = await jsonld.expand(document, options);
  if(expanded.length !== 1) {
    throw new Error(`expected one node, got ${expanded.length}`);
  }
  const quads = await jsonld.toRDF(document, options);
  return {terms: [...new Set(quads.flatMap(termsOf))].sort()};
});

function termsOf({predicate, object}) {
  return predicate.value === RDF_TYPE ? [predicate.value, object.value] : [predicate.value];
}
