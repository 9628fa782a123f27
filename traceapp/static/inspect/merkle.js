// Inclusion in a Merkle tree (RFC 9162 section 2.1.3.2, the trees of RFC 6962).

import { concat, hex, same, sha256 } from './bytes.js';
import { Refusal } from './refusal.js';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (entry) => sha256(concat(LEAF, entry));
export const nodeHash = (left, right) => sha256(concat(NODE, left, right));

// Throws unless `path` leads from the leaf hash at `index` to the root of the tree of `size` leaves (BigInts).
export function verifyInclusion(leaf, index, size, path, root) {
  const refuse = (message) => new Refusal('not-in-log', message);
  if (index < 0n || index >= size) throw refuse(`leaf ${index} is not in a log of ${size} entries`);
  let node = leaf;
  let at = index;
  let last = size - 1n;
  for (const sibling of path) {
    if (sibling.length !== 32) throw refuse('expected hashes of 32 bytes in the proof');
    if (last === 0n) throw refuse('the proof is longer than the tree is high');
    if (at & 1n || at === last) {
      node = nodeHash(sibling, node);
      // On the right edge, levels without a sibling add nothing.
      while (!(at & 1n) && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      node = nodeHash(node, sibling);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  if (last !== 0n) throw refuse('the proof is shorter than the tree is high');
  if (!same(node, root)) throw refuse(`leaf ${index} of ${size}: expected root ${hex(root)}, got ${hex(node)}`);
}
