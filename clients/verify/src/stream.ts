import { brotliDecompressSync } from 'node:zlib';
import { parseArgs } from 'node:util';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { encode, natural, orderedRoot } from './trie.js';

const usage = `Usage: node --experimental-websocket --import tsx src/stream.ts --stream ws://HOST/flashblocks --rpc http://HOST/ --chunks N [--disconnect SHARE] [--brotli] [--seed N]

Follows the flashblock stream for N whole chunks, knowing nothing but the stream: recomputes the block hash of every flashblock, disconnects at random and resumes,
and then compares each chunk with the sealed block of JSON-RPC. Prints "chunk BLOCK" as it goes and a summary in JSON at the end. Exit code 0: all is right.`;

const { values } = parseArgs({
  options: {
    stream: { type: 'string' }, rpc: { type: 'string' }, chunks: { type: 'string' }, disconnect: { type: 'string', default: '0.1' }, brotli: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' }, help: { type: 'boolean', default: false },
  },
});
if (values.help || values.stream === undefined || values.rpc === undefined || values.chunks === undefined) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

type Base = { parent_beacon_block_root: string; parent_hash: string; fee_recipient: string; prev_randao: string; extra_data: string; block_number: string; gas_limit: string; timestamp: string; base_fee_per_gas: string };
type Diff = { state_root: string; receipts_root: string; logs_bloom: string; gas_used: string; block_hash: string; transactions: string[]; withdrawals_root: string; blob_gas_used?: string };
type Frame = { payload_id: string; index: number; base?: Base; diff: Diff; metadata: { block_number: number; prev_flashblock_id?: string; receipts?: Record<string, unknown> }; is_last: boolean };
type Block = { hash: string; transactions: string[] };
type Chunk = { payloadId: string; number: bigint; base: Base; next: number; transactions: Uint8Array[]; hash: string };

const rpc = values.rpc;
const wanted = Number(values.chunks);
const share = Number(values.disconnect);
let seed = Number(values.seed);
let open: Chunk | null = null;
let last: Frame | null = null;
let lastBlock: { number: bigint; hash: string } | null = null;
const result = { chunks: 0, flashblocks: 0, transactions: 0, disconnects: 0, duplicates: 0, faults: [] as string[] };
const seen = new Set<string>();
const toCompare: { number: bigint; hash: string; transactions: string[] }[] = [];

/** A small linear congruence: the same seed disconnects at the same places. */
function random(): number {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
}

/** Header fields in Ethereum's order, with those of Prague. */
function headerHash(base: Base, diff: Diff, transactions: Uint8Array[]): string {
  const bytes = (hex: string): Uint8Array => hexToBytes(hex.slice(2));
  const number = (hex: string): Uint8Array => natural(BigInt(hex));
  const emptyOmmers = keccak_256(encode([]));
  const emptyRequests = hexToBytes('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  return `0x${bytesToHex(keccak_256(encode([
    bytes(base.parent_hash), emptyOmmers, bytes(base.fee_recipient), bytes(diff.state_root), orderedRoot(transactions), bytes(diff.receipts_root), bytes(diff.logs_bloom), natural(0n),
    number(base.block_number), number(base.gas_limit), number(diff.gas_used), number(base.timestamp), bytes(base.extra_data), bytes(base.prev_randao), new Uint8Array(8),
    number(base.base_fee_per_gas), bytes(diff.withdrawals_root), number(diff.blob_gas_used ?? '0x0'), natural(0n), bytes(base.parent_beacon_block_root), emptyRequests,
  ])))}`;
}

function fault(text: string): void {
  result.faults.push(text);
}

/** Takes a frame; true where a chunk ended with it. */
function take(frame: Frame): boolean {
  const name = `${frame.metadata.block_number}-${frame.index}`;
  if (last !== null && frame.payload_id === last.payload_id && frame.index === last.index) {
    result.duplicates++;
    return false;
  }
  if (frame.index === 0) {
    if (open !== null) {
      fault(`${name}: the chunk before it has no end`);
    }
    if (frame.base === undefined) {
      fault(`${name}: no base`);
      return false;
    }
    open = { payloadId: frame.payload_id, number: BigInt(frame.base.block_number), base: frame.base, next: 0, transactions: [], hash: '' };
    if (lastBlock !== null && (open.number !== lastBlock.number + 1n || frame.base.parent_hash !== lastBlock.hash)) {
      fault(`${name}: does not stand on block ${lastBlock.number}`);
    }
  } else if (open === null) {
    // The stream was joined in the middle of a chunk.
    last = frame;
    return false;
  }
  const chunk = open!;
  if (frame.payload_id !== chunk.payloadId || frame.index !== chunk.next) {
    fault(`${name}: index ${chunk.next} of ${chunk.payloadId} is expected`);
    return false;
  }
  chunk.next++;
  result.flashblocks++;
  for (const raw of frame.diff.transactions) {
    const bytes = hexToBytes(raw.slice(2));
    const hash = `0x${bytesToHex(keccak_256(bytes))}`;
    if (seen.has(hash)) {
      fault(`${name}: transaction ${hash} for the second time`);
    }
    if (frame.metadata.receipts?.[hash] === undefined) {
      fault(`${name}: no receipt of ${hash}`);
    }
    seen.add(hash);
    chunk.transactions.push(bytes);
    result.transactions++;
  }
  const computed = headerHash(chunk.base, frame.diff, chunk.transactions);
  if (computed !== frame.diff.block_hash) {
    fault(`${name}: block hash ${frame.diff.block_hash}, computed ${computed}`);
  }
  const previous = frame.index > 0 ? `${frame.metadata.block_number}-${frame.index - 1}` : last === null ? null : `${last.metadata.block_number}-${last.index}`;
  if (previous !== null && frame.metadata.prev_flashblock_id !== previous && frame.metadata.prev_flashblock_id !== '0-0') {
    fault(`${name}: predecessor is ${frame.metadata.prev_flashblock_id}, not ${previous}`);
  }
  last = frame;
  if (!frame.is_last) {
    return false;
  }
  lastBlock = { number: chunk.number, hash: frame.diff.block_hash };
  toCompare.push({ ...lastBlock, transactions: chunk.transactions.map((raw) => `0x${bytesToHex(keccak_256(raw))}`) });
  open = null;
  result.chunks++;
  return true;
}

async function call(method: string, params: unknown[]): Promise<unknown> {
  const response = await fetch(rpc, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) });
  return ((await response.json()) as { result: unknown }).result;
}

/** The sealed block must be the concatenation of its flashblocks. */
async function compare(): Promise<void> {
  for (const chunk of toCompare.splice(0)) {
    let block = null as Block | null;
    for (let attempt = 0; attempt < 600; attempt++) {
      block = (await call('eth_getBlockByNumber', [`0x${chunk.number.toString(16)}`, false])) as Block | null;
      if (block !== null && !/^0x0*$/.test(block.hash)) {
        break;
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    if (block?.hash !== chunk.hash || block.transactions.join() !== chunk.transactions.join()) {
      fault(`block ${chunk.number}: sealed as ${block?.hash}, the stream ended with ${chunk.hash}`);
    }
    console.log(`chunk ${chunk.number}`);
  }
}

function follow(): Promise<void> {
  return new Promise((ended) => {
    const query = new URLSearchParams();
    if (last !== null) {
      query.set('block_number', String(last.metadata.block_number));
      query.set('flashblock_index', String(last.index));
      query.set('payload_id', last.payload_id);
    }
    if (values.brotli) {
      query.set('compression', 'brotli');
    }
    const socket = new WebSocket(`${values.stream}?${query}`);
    socket.binaryType = 'arraybuffer';
    let left = false;
    socket.onmessage = ({ data }) => {
      if (left) {
        return;
      }
      const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data as ArrayBuffer);
      take(JSON.parse((bytes[0] === 0x7b ? bytes : brotliDecompressSync(bytes)).toString('utf8')) as Frame);
      if (result.chunks >= wanted || result.faults.length > 0) {
        left = true;
        socket.close();
      } else if (random() < share) {
        left = true;
        result.disconnects++;
        socket.close();
      }
    };
    const end = (): void => {
      clearInterval(watch);
      ended();
    };
    socket.onclose = ({ code, reason }) => {
      if (!left && code !== 1000) {
        fault(`closed: ${code} ${reason}`);
      }
      end();
    };
    // Node's WebSocket does not always tell that a connection has ended; nothing is lost by coming back.
    const watch = setInterval(() => {
      if (socket.readyState === WebSocket.CLOSED) {
        result.disconnects += left ? 0 : 1;
        end();
      }
    }, 1000);
    socket.onerror = () => undefined;
    socket.onopen = () => console.log('open');
  });
}

while (result.chunks < wanted && result.faults.length === 0) {
  await follow();
  await compare();
}
console.log(JSON.stringify(result));
process.exit(result.faults.length === 0 ? 0 : 1);
