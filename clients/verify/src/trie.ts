import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';

/** What RLP is written from: a byte string or a list. */
export type Value = Uint8Array | Value[];

/** Writes RLP. */
export function encode(value: Value): Uint8Array {
  if (value instanceof Uint8Array) {
    return value.length === 1 && value[0]! < 0x80 ? value : concatBytes(header(0x80, value.length), value);
  }
  const body = concatBytes(...value.map(encode));
  return concatBytes(header(0xc0, body.length), body);
}

/** A number as RLP wants it: big-endian without leading zeros. */
export function natural(value: bigint): Uint8Array {
  if (value === 0n) {
    return new Uint8Array(0);
  }
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Uint8Array.from({ length: even.length / 2 }, (_, i) => parseInt(even.slice(i * 2, i * 2 + 2), 16));
}

function header(base: number, length: number): Uint8Array {
  if (length < 56) {
    return Uint8Array.of(base + length);
  }
  const size = natural(BigInt(length));
  return concatBytes(Uint8Array.of(base + 55 + size.length), size);
}

/** Root of the trie from RLP of a place to the item there: what headers commit to transactions and receipts with. */
export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  if (items.length === 0) {
    return keccak_256(encode(new Uint8Array(0)));
  }
  const entries = items.map((item, index) => ({ path: nibbles(encode(natural(BigInt(index)))), item }));
  return keccak_256(encode(node(entries, 0)));
}

type Entry = { path: number[]; item: Uint8Array };

function node(entries: Entry[], depth: number): Value {
  const [first] = entries;
  if (entries.length === 1) {
    return [compact(first!.path.slice(depth), true), first!.item];
  }
  let shared = 0;
  while (entries.every(({ path }) => path[depth + shared] !== undefined && path[depth + shared] === first!.path[depth + shared])) {
    shared++;
  }
  if (shared > 0) {
    return [compact(first!.path.slice(depth, depth + shared), false), reference(node(entries, depth + shared))];
  }
  const branch: Value[] = [];
  for (let digit = 0; digit < 16; digit++) {
    const below = entries.filter(({ path }) => path[depth] === digit);
    branch.push(below.length === 0 ? new Uint8Array(0) : reference(node(below, depth + 1)));
  }
  branch.push(entries.find(({ path }) => path.length === depth)?.item ?? new Uint8Array(0));
  return branch;
}

function reference(value: Value): Value {
  const encoded = encode(value);
  return encoded.length < 32 ? value : keccak_256(encoded);
}

function nibbles(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);
}

function compact(path: number[], isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0;
  const digits = path.length % 2 === 0 ? [flag, 0, ...path] : [flag + 1, ...path];
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => digits[i * 2]! * 16 + digits[i * 2 + 1]!);
}
