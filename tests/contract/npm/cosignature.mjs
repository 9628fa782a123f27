// node cosignature.mjs < cosignatures.ndjson     each line {"cosignature", "enrolment", "signed"}: the records as stored
//
// Verifies a cosignature with SimpleWebAuthn, which knows nothing of this project: the challenge is made here from the
// signed records, the key is written as COSE here from the enrolment's JWK, and everything else is theirs to judge.

import {createHash} from 'node:crypto';

import {isoCBOR} from '@simplewebauthn/server/helpers';
import {verifyAuthenticationResponse} from '@simplewebauthn/server';
import canonicalize from 'canonicalize';

import {answerLines} from './local.mjs';

const term = (value, name) => value[`traceapp:${name}`];
const sha256 = data => createHash('sha256').update(data).digest();
const bytes = text => new Uint8Array(Buffer.from(text, 'base64url'));

const hashOf = ({proof, ...document}) => sha256(canonicalize(document)).toString('base64url');

function challengeOf(documents) {
  const hashes = documents.map(hashOf);
  return hashes.length === 1 ? hashes[0] : sha256(canonicalize(hashes)).toString('base64url');
}

function coseOf(jwk) {
  const told = name => bytes(term(jwk, name));
  switch(term(jwk, 'alg')) {
    case 'ES256': return new Map([[1, 2], [3, -7], [-1, 1], [-2, told('x')], [-3, told('y')]]);
    case 'EdDSA': return new Map([[1, 1], [3, -8], [-1, 6], [-2, told('x')]]);
    case 'RS256': return new Map([[1, 3], [3, -257], [-1, told('n')], [-2, told('e')]]);
  }
  throw new Error(`no key is written as ${term(jwk, 'alg')}`);
}

await answerLines(async ({cosignature, enrolment, signed}) => {
  const said = cosignature.credentialSubject;
  const key = enrolment.credentialSubject;
  if(term(said, 'passkey').id !== key.id) {
    throw new Error('the passkey is another');
  }
  const named = term(said, 'signed').map(one => `${term(one, 'record').id} ${term(one, 'sha256')}`);
  if(JSON.stringify(named) !== JSON.stringify(signed.map(one => `${one.id} ${hashOf(one)}`))) {
    throw new Error('other records are named than were signed');
  }
  const found = await verifyAuthenticationResponse({
    response: {
      id: 'AAAA',
      rawId: 'AAAA',
      type: 'public-key',
      clientExtensionResults: {},
      response: Object.fromEntries(
        ['authenticatorData', 'clientDataJSON', 'signature'].map(name => [name, term(said, name)])),
    },
    expectedChallenge: challengeOf(signed),
    expectedOrigin: term(key, 'origin'),
    expectedRPID: term(key, 'rpId'),
    requireUserVerification: true,
    credential: {id: 'AAAA', publicKey: isoCBOR.encode(coseOf(term(key, 'publicKeyJwk'))), counter: 0},
  });
  if(!found.verified) {
    throw new Error('the signature does not fit');
  }
  return {};
});
