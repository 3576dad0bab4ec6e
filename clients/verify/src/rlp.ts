/** An item of RLP: a byte string, or a list. `raw` is its whole encoding, of which payload hashes are the hash. */
export type Item = { raw: Uint8Array; bytes: Uint8Array; list?: undefined } | { raw: Uint8Array; list: Item[]; bytes?: undefined };

const maxDepth = 8;

/** Reads one item that fills the input. Refuses every encoding that is not the shortest one. */
export function decode(input: Uint8Array): Item {
  const { item, end } = read(input, 0, 0);
  if (end !== input.length) {
    throw new Error('RLP: bytes after the item');
  }
  return item;
}

function read(input: Uint8Array, start: number, depth: number): { item: Item; end: number } {
  const prefix = input[start];
  if (prefix === undefined || depth > maxDepth) {
    throw new Error('RLP: ends too early, or nests too deep');
  }
  if (prefix < 0x80) {
    return { item: { raw: input.subarray(start, start + 1), bytes: input.subarray(start, start + 1) }, end: start + 1 };
  }
  const base = prefix < 0xc0 ? 0x80 : 0xc0;
  let length = prefix - base;
  let from = start + 1;
  if (length > 55) {
    const size = length - 55;
    length = 0;
    if (size > 4 || input[from] === undefined || input[from] === 0) {
      throw new Error('RLP: bad length');
    }
    for (let i = 0; i < size; i++) {
      length = length * 256 + (input[from + i] ?? 0);
    }
    from += size;
    if (length <= 55) {
      throw new Error('RLP: length is not the shortest');
    }
  }
  const end = from + length;
  if (end > input.length) {
    throw new Error('RLP: ends too early');
  }
  const raw = input.subarray(start, end);
  if (base === 0x80) {
    const bytes = input.subarray(from, end);
    if (length === 1 && bytes[0]! < 0x80) {
      throw new Error('RLP: one byte with a length');
    }
    return { item: { raw, bytes }, end };
  }
  const list: Item[] = [];
  for (let at = from; at < end;) {
    const next = read(input.subarray(0, end), at, depth + 1);
    list.push(next.item);
    at = next.end;
  }
  return { item: { raw, list }, end };
}

/** The fields of a list with a known number of them. */
export function fields(item: Item | undefined, ...counts: number[]): Item[] {
  if (item?.list === undefined || (counts.length > 0 && !counts.includes(item.list.length))) {
    throw new Error(`RLP: a list of ${counts.join(' or ')} items is expected`);
  }
  return item.list;
}

/** A byte string, of a known length where one is given. */
export function bytes(item: Item | undefined, length?: number): Uint8Array {
  if (item?.bytes === undefined || (length !== undefined && item.bytes.length !== length)) {
    throw new Error(length === undefined ? 'RLP: a byte string is expected' : `RLP: ${length} bytes are expected`);
  }
  return item.bytes;
}

/** An unsigned number of at most 64 bits without leading zeros. */
export function number(item: Item | undefined): bigint {
  const value = bytes(item);
  if (value.length > 8 || value[0] === 0) {
    throw new Error('RLP: a number of at most 64 bits is expected');
  }
  return value.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}
