// Whose cosignatures make a checkpoint count (C2SP tlog-policy): the log, witnesses, groups of them, and the quorum.

import { COSIGNATURE, ED25519, parseKey } from './note.js';

export function readPolicy(written) {
  const policy = { logs: [], witnesses: [], groups: new Map(), quorum: null, names: new Set() };
  for (const line of written.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word && !word.startsWith('#')) readLine(policy, word, rest, line);
  }
  if (policy.quorum === null) throw new Error('a policy has one quorum line; this one has none');
  return policy;
}

function readLine(policy, word, rest, line) {
  const { names } = policy;
  if (word === 'log' && rest.length && rest.length <= 2) {
    policy.logs.push(keyOf(rest[0], ED25519));
  } else if (word === 'witness' && rest.length >= 2 && rest.length <= 3) {
    policy.witnesses.push({ ...keyOf(rest[1], COSIGNATURE), called: addName(names, rest[0]) });
  } else if (word === 'group' && rest.length >= 3) {
    const [name, needs, ...members] = rest;
    const needed = { all: members.length, any: 1 }[needs] ?? (/^\d+$/.test(needs) ? Number(needs) : 0);
    if (needed < 1 || needed > members.length || !members.every((one) => names.has(one))) throw unknown(line);
    policy.groups.set(addName(names, name), { needed, members });
  } else if (word === 'quorum' && policy.quorum === null && (rest[0] === 'none' || names.has(rest[0]))) {
    policy.quorum = rest[0];
  } else {
    throw unknown(line);
  }
}

const unknown = (line) => new Error(`the policy line ${line.slice(0, 80)} is not known, or names what is not above it`);

function addName(names, name) {
  if (name === 'none' || names.has(name)) throw new Error(`the policy uses the name ${name} twice`);
  names.add(name);
  return name;
}

function keyOf(vkey, algorithm) {
  const key = parseKey(vkey);
  if (key.algorithm !== algorithm) throw new Error(`key ${key.name} is of another kind`);
  return key;
}

// The POSIX second in which the quorum was complete, from when each witness cosigned (key name and id → seconds); null
// where it is not, or none is asked for.
export function quorumTime(policy, times) {
  const named = new Map(policy.witnesses.map((one) => [one.called, times.get(`${one.name}+${one.id}`) ?? null]));
  const timeOf = (name) => {
    const group = policy.groups.get(name);
    if (!group) return named.get(name) ?? null;
    const found = group.members.map(timeOf).filter((time) => time !== null).sort((a, b) => a - b);
    return found.length >= group.needed ? found[group.needed - 1] : null;
  };
  return policy.quorum === 'none' ? null : timeOf(policy.quorum);
}
