// base58btc, as multikeys and proof values carry it: each leading zero byte is a leading 1.

import { malformed } from './refusal.js';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const VALUES = new Map(Array.from(ALPHABET, (character, value) => [character, value]));

export function encode(bytes) {
  const digits = [];
  for (const byte of bytes) {
    let carry = byte;
    for (let at = 0; at < digits.length; at++) {
      carry += digits[at] << 8;
      digits[at] = carry % 58;
      carry = (carry / 58) | 0;
    }
    for (; carry; carry = (carry / 58) | 0) digits.push(carry % 58);
  }
  const zeros = bytes.findIndex((byte) => byte);
  const ones = '1'.repeat(zeros < 0 ? bytes.length : zeros);
  return ones + digits.reverse().map((digit) => ALPHABET[digit]).join('');
}

export function decode(text) {
  const bytes = [];
  for (const character of text) {
    let carry = VALUES.get(character);
    if (carry === undefined) throw malformed(`${JSON.stringify(character)} is not a base58 character`);
    for (let at = 0; at < bytes.length; at++) {
      carry += bytes[at] * 58;
      bytes[at] = carry & 255;
      carry >>= 8;
    }
    for (; carry; carry >>= 8) bytes.push(carry & 255);
  }
  const zeros = text.length - text.replace(/^1+/, '').length;
  return Uint8Array.from([...new Array(zeros).fill(0), ...bytes.reverse()]);
}
