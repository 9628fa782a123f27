// node verify_record.mjs DID_DOCUMENTS.json [--any-issuer] < documents.ndjson
//
// Verifies the eddsa-jcs-2022 Data Integrity proof of each document with Digital Bazaar's verifiers. DID_DOCUMENTS.json
// is a list of DID documents; nothing else is resolved. Each document must also be a well-formed Verifiable Credential
// 2.0 that its issuer's own key signed; with --any-issuer only the proof and its purpose are judged.

import {readFileSync} from 'node:fs';
import jsigs from 'jsonld-signatures';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {answerLines, loaderOf} from './local.mjs';

const [didDocuments, anyIssuer] = process.argv.slice(2);
const documentLoader = loaderOf(resolvable(JSON.parse(readFileSync(didDocuments, 'utf8'))));

await answerLines(async document => {
  const result = await (anyIssuer ? proofOf(document) : credentialOf(document));
  if(!result.verified) {
    throw result.error ?? new Error('not verified');
  }
});

function suite() {
  return new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
}

function proofOf(document) {
  return jsigs.verify(document, {suite: suite(), purpose: new jsigs.purposes.AssertionProofPurpose(), documentLoader});
}

// Judged as of its own validFrom: whether a credential has expired since is not the question here, nor is its status.
function credentialOf(credential) {
  const now = new Date(credential.validFrom);
  return vc.verifyCredential({credential, suite: suite(), documentLoader, now, checkStatus: () => ({verified: true})});
}

function resolvable(documents) {
  return new Map(documents.flatMap(document => [
    [document.id, document],
    ...document.verificationMethod.map(method => [method.id, method])
  ]));
}
