import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bytes, decode, fields, number, type Item } from './rlp.js';

export const format = 'preconf-proof/1';

/** What is taken for granted. Whatever is absent is reported for the reader to check. */
export interface Trust {
  chainId?: number;
  rollup?: string;
  /** What the rollup contract keeps of the epoch's committee. */
  committee?: string;
  slotsPerEpoch?: number;
}

/** What has to be looked up on L1. */
export interface L1Anchor {
  checkpoint: number;
  payloadHash: string;
  blockNumber: number;
  blockHash: string;
  transaction?: string;
  blobHashes: string[];
}

export interface RungVerdict {
  status: string;
  fault: string | null;
  detail: string;
  toConfirm: L1Anchor | null;
}

export interface Verdict {
  rungs: RungVerdict[];
  /** Commitment of the committee whose signatures were checked; to be compared with L1 where it was not trusted before. */
  committee: string | null;
  /** Whether the transaction ran to its end; null where no receipt is proven. */
  succeeded: boolean | null;
  isValid: boolean;
  /** The highest status that is shown. */
  proven: string | null;
}

const order = ['preconfirmed', 'proposed', 'attested', 'checkpointed', 'proven', 'finalized'];
const kinds = { Flashblock: 1, ChunkProposal: 2, ChunkCertificate: 6, CheckpointCertificate: 7 } as const;
const stored = 1n;

/** The EIP-712 types of what is signed; each has a domain of its own. */
const types = {
  Flashblock: 'Flashblock(uint64 slot,uint32 chunk,uint32 index,bytes32 payloadHash)',
  ChunkProposal: 'ChunkProposal(uint64 slot,uint32 index,bytes32 payloadHash)',
  ChunkAttestation: 'ChunkAttestation(uint64 slot,address producer,uint32 index,uint8 kind,bytes32 payloadHash)',
  CheckpointAttestation: 'CheckpointAttestation(uint64 slot,uint8 kind,bytes32 payloadHash)',
} as const;
const domainType = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)';

class Fault extends Error {
  constructor(readonly fault: string, detail: string) {
    super(detail);
  }
}

interface Committee {
  epoch: bigint;
  seed: Uint8Array;
  members: string[];
  quorum: number;
  commitment: string;
}

interface Chunk {
  slot: bigint;
  producer: string;
  index: bigint;
  hash: string;
  block: bigint;
}

/** Checks a proof without state, network or clock. Throws an Error with the reason where the document is no proof. */
export function verify(document: unknown, trust: Trust = {}): Verdict {
  const root = object(document, 'document');
  if (root['format'] !== format) {
    throw new Error(`format is ${JSON.stringify(root['format'])}, and "${format}" is known`);
  }
  const chainId = natural(root['chainId'], 'chainId');
  const rollup = hex(root['rollup'], 'rollup', 20);
  const transaction = hex(root['transaction'], 'transaction', 32);
  const committee = root['committee'] === undefined ? null : committeeOf(object(root['committee'], 'committee'));
  const given = array(root['rungs'], 'rungs', 6).map((rung) => object(rung, 'rungs'));
  const walk = new Walk(BigInt(chainId), rollup, transaction, committee, trust);
  let highest = -1;
  const rungs = given.map((rung): RungVerdict => {
    const status = String(rung['status']);
    try {
      const place = order.indexOf(status);
      if (place <= highest) {
        throw new Fault('unknown-rung', place < 0 ? `status "${status}" is not known` : `${status} is not above the rung before it`);
      }
      highest = place;
      if ((trust.chainId !== undefined && trust.chainId !== chainId) || (trust.rollup !== undefined && trust.rollup.toLowerCase() !== rollup)) {
        throw new Fault('other-rollup', `the proof is of chain ${chainId}, rollup ${rollup}`);
      }
      return { status, fault: null, ...walk.check(status, rung) };
    } catch (error) {
      return { status, fault: error instanceof Fault ? error.fault : 'malformed', detail: error instanceof Error ? error.message : String(error), toConfirm: null };
    }
  });
  const firstBad = rungs.findIndex((rung) => rung.fault !== null);
  const good = firstBad < 0 ? rungs : rungs.slice(0, firstBad);
  return { rungs, committee: committee?.commitment ?? null, succeeded: walk.succeeded, isValid: rungs.length > 0 && firstBad < 0, proven: good.at(-1)?.status ?? null };
}

/** One proof on its way up the ladder. */
class Walk {
  succeeded: boolean | null = null;
  #flashblock: { slot: bigint; chunk: bigint; block: bigint } | null = null;
  #chunk: Chunk | null = null;
  #checkpoint: string | null = null;
  #landed: L1Anchor | null = null;
  #proven: L1Anchor | null = null;

  constructor(
    private readonly chainId: bigint, private readonly rollup: string, private readonly transaction: string, private readonly committee: Committee | null, private readonly trust: Trust,
  ) {}

  check(status: string, rung: Record<string, unknown>): { detail: string; toConfirm: L1Anchor | null } {
    switch (status) {
      case 'preconfirmed': return { detail: this.#preconfirmed(rung), toConfirm: null };
      case 'proposed': return { detail: this.#proposed(rung), toConfirm: null };
      case 'attested': return { detail: this.#attested(rung), toConfirm: null };
      case 'checkpointed': return this.#checkpointed(rung);
      default: return this.#anchored(status, rung);
    }
  }

  #preconfirmed(rung: Record<string, unknown>): string {
    const [payload, signature] = this.#message(rung['flashblock'], 'flashblock', kinds.Flashblock, 2);
    const field = fields(payload, 11);
    const [slot, producer, chunk, index, block] = [number(field[0]), address(field[1]), number(field[2]), number(field[3]), number(field[5])];
    this.#producer('Flashblock', [word(slot), word(chunk), word(index), keccak_256(payload!.raw)], bytes(signature, 65), producer, slot);
    const transactions = fields(fields(field[10], 9)[5]);
    if (!transactions.some((item) => toHex(keccak_256(bytes(item))) === this.transaction)) {
      throw new Fault('transaction-missing', 'the flashblock does not hold the transaction');
    }
    this.#flashblock = { slot, chunk, block };
    return `${producer} signed flashblock ${index} of chunk ${chunk} in slot ${slot}, block ${block}, with the transaction`;
  }

  #proposed(rung: Record<string, unknown>): string {
    const [payload, signature] = this.#message(rung['chunk'], 'chunk', kinds.ChunkProposal, 2, 3);
    const field = fields(payload, 7);
    const header = fields(field[5]);
    const chunk: Chunk = { slot: number(field[0]), producer: address(field[1]), index: number(field[2]), hash: toHex(keccak_256(payload!.raw)), block: number(header[8]) };
    this.#producer('ChunkProposal', [word(chunk.slot), word(chunk.index), fromHex(chunk.hash)], bytes(signature, 65), chunk.producer, chunk.slot);
    const place = natural(rung['transactionIndex'], 'transactionIndex');
    const held = fields(field[6])[place];
    if (held === undefined || toHex(bytes(held, 32)) !== this.transaction) {
      throw new Fault('transaction-missing', `the chunk does not hold the transaction at place ${place}`);
    }
    if (this.#flashblock !== null && (this.#flashblock.slot !== chunk.slot || this.#flashblock.chunk !== chunk.index || this.#flashblock.block !== chunk.block)) {
      throw new Fault('other-place', 'the flashblock is of another chunk');
    }
    const receipt = byteString(rung['receipt'], 'receipt');
    const nodes = array(rung['receiptNodes'], 'receiptNodes', 64).map((node) => byteString(node, 'receiptNodes'));
    let outcome = '';
    if (receipt.length > 0 || nodes.length > 0) {
      const value = follow(bytes(header[5], 32), indexKey(place), nodes);
      if (value === null || toHex(value) !== toHex(receipt)) {
        throw new Fault('receipt-not-proven', "the receipt is not the one that the block's receipts root commits to");
      }
      this.succeeded = number(fields(decode(receipt[0]! < 0x80 ? receipt.subarray(1) : receipt), 4)[0]) === 1n;
      outcome = this.succeeded ? ', where it succeeded' : ', where it failed';
    }
    this.#chunk = chunk;
    return `${chunk.producer} signed chunk ${chunk.index} of slot ${chunk.slot}, block ${chunk.block}, with the transaction at place ${place}${outcome}`;
  }

  #attested(rung: Record<string, unknown>): string {
    const chunk = this.#footing();
    const [position, signers] = this.#message(rung['certificate'], 'certificate', kinds.ChunkCertificate, 2);
    const field = fields(position, 5);
    const [slot, producer, index, kind, hash] = [number(field[0]), address(field[1]), number(field[2]), number(field[3]), bytes(field[4], 32)];
    if (slot !== chunk.slot || producer !== chunk.producer || index !== chunk.index || toHex(hash) !== chunk.hash) {
      throw new Fault('other-place', 'the certificate is of another chunk');
    }
    if (kind === stored) {
      throw new Fault('no-quorum', 'the signatures say that the chunk is stored, not that it was executed');
    }
    return `${this.#quorum('ChunkAttestation', [word(slot), word(BigInt(producer)), word(index), word(kind), hash], signers)} re-executed the chunk and signed`;
  }

  #checkpointed(rung: Record<string, unknown>): { detail: string; toConfirm: L1Anchor } {
    const chunk = this.#footing();
    const encoded = byteString(rung['header'], 'header');
    const field = fields(decode(encoded), 12);
    const hash = toHex(keccak_256(encoded));
    const anchor = anchorOf(rung);
    const [slot, firstBlock, count] = [number(field[0]), number(field[2]), number(field[3])];
    if (slot !== chunk.slot || firstBlock + chunk.index !== chunk.block || anchor.payloadHash !== hash) {
      throw new Fault('other-place', 'the checkpoint is of other blocks');
    }
    const chunks = array(rung['chunks'], 'chunks', 65_536).map((item) => hex(item, 'chunks', 32));
    if (BigInt(chunks.length) !== count || toHex(keccak_256(concatBytes(...chunks.map(fromHex)))) !== toHex(bytes(field[4], 32)) || chunks[Number(chunk.index)] !== chunk.hash) {
      throw new Fault('not-committed', "the checkpoint's header does not commit to the chunk");
    }
    let signed = '';
    if (rung['certificate'] !== undefined) {
      const [position, signers] = this.#message(rung['certificate'], 'certificate', kinds.CheckpointCertificate, 2);
      const part = fields(position, 3);
      const kind = number(part[1]);
      if (number(part[0]) !== slot || toHex(bytes(part[2], 32)) !== hash) {
        throw new Fault('other-place', 'the certificate is of another checkpoint');
      }
      if (kind === stored) {
        throw new Fault('no-quorum', 'the signatures say that the checkpoint is stored, not that it was executed');
      }
      signed = `, which ${this.#quorum('CheckpointAttestation', [word(slot), word(kind), fromHex(hash)], signers)} signed`;
    }
    this.#checkpoint = hash;
    this.#landed = anchor;
    return { detail: `the chunk is number ${chunk.index} of ${count} in checkpoint ${anchor.checkpoint}, hash ${hash}${signed}`, toConfirm: anchor };
  }

  #anchored(status: string, rung: Record<string, unknown>): { detail: string; toConfirm: L1Anchor } {
    const anchor = anchorOf(rung);
    const below = status === 'finalized' ? this.#proven ?? this.#landed : this.#landed;
    if (this.#checkpoint === null || below === null) {
      throw new Fault('no-footing', 'the checkpoint is not shown');
    }
    if (anchor.checkpoint < below.checkpoint || anchor.blockNumber < below.blockNumber || (anchor.checkpoint === below.checkpoint && anchor.payloadHash !== this.#checkpoint)) {
      throw new Fault('other-place', 'the L1 block is older than the checkpoint, or of another one');
    }
    this.#proven = anchor;
    return { detail: `to be confirmed in L1 block ${anchor.blockNumber}`, toConfirm: anchor };
  }

  #footing(): Chunk {
    if (this.#chunk === null) {
      throw new Fault('no-footing', 'the chunk is not shown');
    }
    return this.#chunk;
  }

  /** The parts of a message after kind, version and rollup. */
  #message(encoded: unknown, key: string, kind: number, ...counts: number[]): Item[] {
    const list = fields(decode(byteString(encoded, key)), ...counts.map((count) => count + 3));
    const context = fields(list[2], 2);
    if (number(list[0]) !== BigInt(kind) || number(list[1]) !== 1n) {
      throw new Error(`${key}: not a message of this kind`);
    }
    if (number(context[0]) !== this.chainId || address(context[1]) !== this.rollup) {
      throw new Fault('other-rollup', 'the message is of another rollup');
    }
    return list.slice(3);
  }

  #digest(type: keyof typeof types, values: Uint8Array[]): Uint8Array {
    const domain = keccak_256(concatBytes(...[domainType, 'Preconf Cloud', '1'].map(hashText), word(this.chainId), word(BigInt(this.rollup)), hashText(type)));
    return keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), domain, keccak_256(concatBytes(hashText(types[type]), ...values))));
  }

  #producer(type: keyof typeof types, values: Uint8Array[], signature: Uint8Array, producer: string, slot: bigint): void {
    if (recover(this.#digest(type, values), signature) !== producer) {
      throw new Fault('wrong-signature', `the signature is not that of the producer ${producer}`);
    }
    if (this.committee !== null) {
      this.#trusted(this.committee, slot);
      const proposer = proposerAt(this.committee, slot);
      if (proposer !== producer) {
        throw new Fault('not-the-proposer', `the proposer of slot ${slot} was ${proposer}, not ${producer}`);
      }
    }
  }

  #trusted(committee: Committee, slot: bigint): void {
    if (this.trust.committee !== undefined && this.trust.committee.toLowerCase() !== committee.commitment) {
      throw new Fault('other-committee', `the committee of the proof, ${committee.commitment}, is not the trusted one, ${this.trust.committee}`);
    }
    if (this.trust.slotsPerEpoch !== undefined && slot / BigInt(this.trust.slotsPerEpoch) !== committee.epoch) {
      throw new Fault('other-committee', `slot ${slot} is not of epoch ${committee.epoch}`);
    }
  }

  #quorum(type: keyof typeof types, values: Uint8Array[], signers: Item | undefined): string {
    const { committee } = this;
    if (committee === null) {
      throw new Fault('no-committee', 'the committee is not shown');
    }
    this.#trusted(committee, this.#footing().slot);
    const [scheme, bitmap, list] = fields(signers, 3);
    const bits = bytes(bitmap);
    const signatures = fields(list);
    if (number(scheme) !== 1n || bits.at(-1) === 0) {
      throw new Error('certificate: unknown signature scheme, or a bitmap that is too long');
    }
    const digest = this.#digest(type, values);
    let next = 0;
    for (let position = 0; position < bits.length * 8; position++) {
      if ((bits[position >> 3]! & (1 << (position & 7))) === 0) {
        continue;
      }
      const member = committee.members[position];
      const signature = signatures[next++];
      if (member === undefined || signature === undefined || recover(digest, bytes(signature, 65)) !== member) {
        throw new Fault('no-quorum', `the signature of member ${position} is missing or not its own`);
      }
    }
    if (next !== signatures.length || next < committee.quorum) {
      throw new Fault('no-quorum', `${next} signed, the quorum is ${committee.quorum}`);
    }
    return `${next} of ${committee.members.length} members of the committee (quorum ${committee.quorum})`;
  }
}

function committeeOf(element: Record<string, unknown>): Committee {
  const members = array(element['members'], 'members', 1024).map((member) => hex(member, 'members', 20));
  if (members.length === 0 || new Set(members).size !== members.length) {
    throw new Error('members: empty, or one twice');
  }
  const seed = fromHex(hex(element['seed'], 'seed', 32));
  let level = members.map((member) => word(BigInt(member)));
  while (level.length & (level.length - 1)) {
    level.push(new Uint8Array(32));
  }
  while (level.length > 1) {
    level = level.filter((_, index) => index % 2 === 0).map((left, index) => keccak_256(concatBytes(left, level[index * 2 + 1]!)));
  }
  const commitment = toHex(keccak_256(concatBytes(seed, word(BigInt(members.length)), level[0]!)));
  return { epoch: BigInt(natural(element['epoch'], 'epoch')), seed, members, quorum: Math.floor((2 * members.length) / 3) + 1, commitment };
}

function proposerAt(committee: Committee, slot: bigint): string {
  const draw = keccak_256(concatBytes(word(committee.epoch), word(slot), committee.seed));
  return committee.members[Number(BigInt(toHex(draw)) % BigInt(committee.members.length))]!;
}

function recover(digest: Uint8Array, signature: Uint8Array): string | null {
  const parity = signature[64]! - 27;
  if (parity !== 0 && parity !== 1) {
    return null;
  }
  try {
    const parsed = secp256k1.Signature.fromCompact(signature.subarray(0, 64));
    if (parsed.hasHighS()) {
      return null;
    }
    return toHex(keccak_256(parsed.addRecoveryBit(parity).recoverPublicKey(digest).toRawBytes(false).subarray(1)).subarray(12));
  } catch {
    return null;
  }
}

/** The value at a key of a Merkle-Patricia trie, by the nodes from the root down; null where they do not show it. */
function follow(root: Uint8Array, key: Uint8Array, nodes: readonly Uint8Array[]): Uint8Array | null {
  const nibbles = [...key].flatMap((byte) => [byte >> 4, byte & 15]);
  let expected = root;
  let inline: Item | null = null;
  let [depth, used] = [0, 0];
  for (;;) {
    let node: Item;
    if (inline !== null) {
      node = inline;
    } else {
      const encoded: Uint8Array | undefined = nodes[used++];
      if (encoded === undefined || toHex(keccak_256(encoded)) !== toHex(expected)) {
        return null;
      }
      node = decode(encoded);
    }
    const items: Item[] = fields(node, 2, 17);
    let next: Item | undefined;
    if (items.length === 17) {
      if (depth === nibbles.length) {
        return used === nodes.length ? bytes(items[16]) : null;
      }
      next = items[nibbles[depth++]!];
    } else {
      const path = bytes(items[0]);
      const flag = (path[0] ?? 0xff) >> 4;
      const part = [...path].flatMap((byte) => [byte >> 4, byte & 15]).slice(flag & 1 ? 1 : 2);
      if (flag > 3 || part.some((nibble, index) => nibble !== nibbles[depth + index])) {
        return null;
      }
      depth += part.length;
      if (flag >= 2) {
        return depth === nibbles.length && used === nodes.length ? bytes(items[1]) : null;
      }
      next = items[1];
    }
    if (next?.list !== undefined) {
      inline = next;
    } else if (next?.bytes?.length === 32) {
      inline = null;
      expected = next.bytes;
    } else {
      return null;
    }
  }
}

/** The key of a list's trie: the index in RLP. */
function indexKey(index: number): Uint8Array {
  if (index === 0) {
    return Uint8Array.of(0x80);
  }
  const value = fromHex(`0x${index.toString(16).padStart(index.toString(16).length + (index.toString(16).length % 2), '0')}`);
  return value.length === 1 && value[0]! < 0x80 ? value : concatBytes(Uint8Array.of(0x80 + value.length), value);
}

function anchorOf(rung: Record<string, unknown>): L1Anchor {
  const anchor = object(rung['l1'], 'l1');
  return {
    checkpoint: natural(anchor['checkpoint'], 'checkpoint'), payloadHash: hex(anchor['payloadHash'], 'payloadHash', 32), blockNumber: natural(anchor['blockNumber'], 'blockNumber'),
    blockHash: hex(anchor['blockHash'], 'blockHash', 32), ...(anchor['transaction'] === undefined ? {} : { transaction: hex(anchor['transaction'], 'transaction', 32) }),
    blobHashes: array(anchor['blobHashes'], 'blobHashes', 64).map((blob) => hex(blob, 'blobHashes', 32)),
  };
}

function object(value: unknown, key: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${key}: an object is expected`);
  }
  return value as Record<string, unknown>;
}

function array(value: unknown, key: string, most: number): unknown[] {
  if (!Array.isArray(value) || value.length > most) {
    throw new Error(`${key}: an array of at most ${most} items is expected`);
  }
  return value;
}

function natural(value: unknown, key: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new Error(`${key}: a number from 0 to 2^53 - 1 is expected`);
  }
  return value as number;
}

function hex(value: unknown, key: string, length: number): string {
  if (typeof value !== 'string' || !new RegExp(`^0x[0-9a-fA-F]{${length * 2}}$`).test(value)) {
    throw new Error(`${key}: ${length} bytes in hex are expected`);
  }
  return value.toLowerCase();
}

function byteString(value: unknown, key: string): Uint8Array {
  if (typeof value !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(value)) {
    throw new Error(`${key}: bytes in hex are expected`);
  }
  return fromHex(value);
}

function address(item: Item | undefined): string {
  return toHex(bytes(item, 20));
}

function word(value: bigint): Uint8Array {
  return hexToBytes(value.toString(16).padStart(64, '0'));
}

function hashText(text: string): Uint8Array {
  return keccak_256(utf8ToBytes(text));
}

function toHex(value: Uint8Array): string {
  return `0x${bytesToHex(value)}`;
}

function fromHex(value: string): Uint8Array {
  return hexToBytes(value.slice(2));
}
