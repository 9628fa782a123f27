// node merkle.mjs < proofs.ndjson     each line {"entry", "index", "size", "path", "root"}, bytes in base64
//
// Verifies inclusion in our log with Sigstore's own check, which knows nothing of C2SP's formats.

import {verifyMerkleInclusion} from '@sigstore/verify/dist/tlog/merkle.js';

import {answerLines} from './local.mjs';

const bytes = text => Buffer.from(text, 'base64');

await answerLines(async ({entry, index, size, path, root}) => {
  const proved = {canonicalizedBody: bytes(entry), inclusionProof: {logIndex: String(index), hashes: path.map(bytes)}};
  verifyMerkleInclusion(proved, {logSize: BigInt(size), logHash: bytes(root)});
  return {};
});
