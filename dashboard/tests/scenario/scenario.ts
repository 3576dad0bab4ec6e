import { createHash } from 'node:crypto';
import type {
  Attempt, BreakReason, BrokenPromise, Checkpoint, Chunk, ChunkDetail, Committee, Deadlines, EventName, Evidence, Flashblock, Health, Network, Overview, Publisher, Reorg, RungInfo, Rung,
  SearchMatch, Slot, SlotSummary, StreamEvent, Tips, Transaction, TransactionState, Validator, ValidatorRecord, AddressInfo,
} from '../../src/api/types.js';

/** Things that go wrong at fixed slots, so that every page has something to show. */
const script = { unpublished: 41, replaced: [45, 52, 58, 66, 73, 81, 90], equivocation: 49, l1Reorg: 60, flaky: [7, 19, 33, 40] };

const slotMs = 12_000;
const chunkMs = 2_000;
const flashblockMs = 200;
const l1SlotMs = 2_000;
const chunksPerSlot = slotMs / chunkMs;
const size = 48;
const quorum = 33;
const slotsPerEpoch = 32;
const blobCapacity = 130_044;

interface Sent {
  hash: string;
  from: string;
  nonce: number;
  at: number;
  slot: number;
  chunk: number;
  flashblock: number;
  index: number;
  dropped: boolean;
}

interface Recorded {
  sequence: number;
  event: StreamEvent;
}

/** A rollup that runs by plan: the same plan and the same time give the same bytes. It speaks the status API's types and nothing else. */
export class Scenario {
  readonly genesis = Date.parse('2026-01-15T12:00:00Z');
  now = this.genesis;
  /** Set false to fall silent: time goes on, nothing is said. */
  speaks = true;
  readonly slots = new Map<number, Slot>();
  readonly checkpoints = new Map<number, Checkpoint>();
  readonly transactions = new Map<string, Sent>();
  readonly broken: BrokenPromise[] = [];
  readonly reorgs: Reorg[] = [];
  readonly evidence: Evidence[] = [];
  readonly log: Recorded[] = [];
  readonly members = Array.from({ length: size }, (_, index) => address(`validator ${index}`));
  readonly publisher = address('publisher');
  readonly listeners = new Set<(recorded: Recorded | null, event: StreamEvent) => void>();
  #sequence = 0;
  #waiting: Sent[] = [];
  readonly #followed: Sent[] = [];
  #nonce = 0;
  #nextBlock = 1;
  #tips: Tips;
  #numbers = 0;
  #given = 0;
  #balance = 41n * 10n ** 17n;
  #health: 'ok' | 'degraded' = 'ok';
  #logName: string;

  constructor(slotsBefore = 70, logName = 'a1') {
    this.#logName = logName;
    const zero = { number: 0, hash: hash('genesis') };
    this.#tips = { proposed: zero, attested: zero, checkpointed: zero, proven: zero, finalized: zero, pending: null, l1Head: { number: 100, hash: hash('l1 100') } };
    this.advance(slotsBefore * slotMs + 7_400);
  }

  /** Lets time pass in steps of 100 ms. */
  advance(ms: number): void {
    const until = this.now + ms;
    while (this.now + 100 <= until) {
      this.now += 100;
      this.#step();
    }
  }

  get lastEventId(): string {
    return `${this.#logName}-${this.#sequence}`;
  }

  get position(): string {
    return `${this.#tips.proposed.number}.${this.#tips.pending?.flashblock ?? '-'}`;
  }

  /** Takes a transaction into the pool. */
  submit(label: string): string {
    const sent: Sent = { hash: hash(`sent ${label}`), from: address('alice'), nonce: this.#nonce++, at: this.now, slot: -1, chunk: -1, flashblock: -1, index: -1, dropped: false };
    this.transactions.set(sent.hash, sent);
    this.#waiting.push(sent);
    this.#followed.push(sent);
    this.#emit('transaction', { hash: sent.hash, state: 'pending', at: this.#iso(), rung: this.#rungs(sent)[0] ?? null, broken: null, dropped: null });
    return sent.hash;
  }

  /** The publisher's account runs dry. */
  degrade(): void {
    this.#health = 'degraded';
    this.#balance = 3n * 10n ** 15n;
    this.#emit('health', this.health());
    this.#emit('publisher', this.publishers()[0]!);
  }

  since(sequence: number): Recorded[] {
    return this.log.filter((recorded) => recorded.sequence > sequence);
  }

  network(): Network {
    return {
      name: 'Scenario', version: '0.1.0', chainId: 851_000, rollup: address('rollup'), l1ChainId: 31_337,
      timing: { profile: 'continuous', genesis: iso(this.genesis), slotMs, l1SlotMs, chunkMs, leadMs: 1000, graceMs: 4000, maxChunksPerSlot: chunksPerSlot, slotsPerEpoch },
      flashblockIntervalMs: flashblockMs, committeeSize: size, quorum, gasLimit: 30_000_000,
      links: { rpc: '/rpc', flashblocks: '/ws/flashblocks', l1Transaction: null, l1Address: null },
    };
  }

  tips(): Tips {
    return structuredClone(this.#tips);
  }

  overview(): Overview {
    const slots = [...this.slots.values()].sort((left, right) => right.slot - left.slot);
    const building = slots.find((slot) => slot.phase === 'building') ?? null;
    const times = (p50: number, p95: number, p99: number) => ({ count: 11_840, p50, p95, p99 });
    const never = { count: 0, p50: null, p95: null, p99: null };
    return structuredClone({
      now: this.#iso(), lastEventId: this.lastEventId, position: this.position, network: this.network(), tips: this.#tips, building,
      slots: slots.slice(0, 32).map(summaryOf), checkpoints: this.checkpointList().slice(0, 32),
      rungTimes: { preconfirmed: times(112, 208, 241), proposed: times(1_064, 1_980, 2_090), attested: times(1_190, 2_140, 2_310), checkpointed: times(11_400, 17_800, 19_900), proven: times(51_000, 63_000, 68_000), finalized: never },
      promises: { given: this.#given, broken: this.broken.length }, pool: this.#pool(), transactionsPerSecond: this.#tps(), publishers: this.publishers(), health: this.health(),
      reorgs: this.reorgs.slice(0, 8),
    });
  }

  checkpointList(): Checkpoint[] {
    return [...this.checkpoints.values()].sort((left, right) => right.slot - left.slot);
  }

  checkpoint(key: string): Checkpoint | undefined {
    return this.checkpointList().find((checkpoint) => String(checkpoint.number) === key || checkpoint.hash === key);
  }

  chunkDetail(slot: number, index: number): ChunkDetail | undefined {
    const chunk = this.slots.get(slot)?.items.find((item) => item.index === index);
    if (chunk === undefined) {
      return undefined;
    }
    const checkpoint = this.checkpoints.get(slot);
    return {
      ...structuredClone(chunk), parentHash: hash(`block ${chunk.block.number - 1}`), stateRoot: hash(`state ${slot}/${index}`), baseFee: '7', timestamp: Math.floor(Date.parse(chunk.openedAt) / 1000),
      transactionHashes: [...this.transactions.values()].filter((sent) => sent.slot === slot && sent.chunk === index && !sent.dropped).sort((left, right) => left.index - right.index).map((sent) => sent.hash),
      members: this.members.map((member, position) => {
        const letter = letterOf(slot * chunksPerSlot + index, position);
        return { member, attendance: letter === 'm' ? 'missed' as const : letter === 'l' ? 'late' as const : 'sent' as const, afterSealMs: letter === 'm' ? null : 40 + pick(`${slot}/${index}/${position}`, 120) + (letter === 'l' ? 300 : 0) };
      }),
      checkpoint: checkpoint === undefined ? null : { number: checkpoint.number, hash: checkpoint.hash, state: checkpoint.state },
    };
  }

  block(key: string): ChunkDetail | undefined {
    const byTag: Record<string, number> = { latest: this.#tips.proposed.number, safe: this.#tips.checkpointed.number, finalized: this.#tips.finalized.number, pending: this.#tips.proposed.number + 1 };
    for (const slot of this.slots.values()) {
      const chunk = slot.items.find((item) => item.state !== 'pruned' && (String(item.block.number) === key || item.block.hash === key || item.block.number === byTag[key]));
      if (chunk !== undefined) {
        return this.chunkDetail(slot.slot, chunk.index);
      }
    }
    return undefined;
  }

  transaction(key: string): Transaction | undefined {
    const sent = this.transactions.get(key);
    if (sent === undefined) {
      return undefined;
    }
    const rungs = this.#rungs(sent);
    const chunk = this.#chunkOf(sent);
    const checkpoint = this.checkpoints.get(sent.slot);
    const isLanded = rungs.some((rung) => rung.rung === 'checkpointed');
    const share = checkpoint?.cost ?? null;
    return {
      hash: sent.hash, state: (rungs.at(-1)?.rung ?? 'pending') as TransactionState, since: rungs.at(-1)?.at ?? iso(sent.at), from: sent.from, to: address('exchange'), nonce: sent.nonce, value: '250000000000000000',
      type: 2, gasLimit: 120_000,
      position: sent.slot < 0 ? null : { slot: sent.slot, chunk: sent.chunk, flashblock: sent.flashblock, block: chunk?.block.hash == null ? null : { number: chunk.block.number, hash: chunk.block.hash }, index: sent.index },
      receipt: sent.slot < 0 ? null : { status: 'success', gasUsed: 64_210, effectiveGasPrice: '1000000007', contractAddress: null, logs: 3 },
      rungs, dropped: null, broken: this.broken.filter((promise) => promise.transaction === sent.hash),
      l1Cost: isLanded && share !== null && checkpoint !== undefined
        ? { gas: share.gas / checkpoint.transactions, wei: String(BigInt(share.wei) / BigInt(checkpoint.transactions)), blobGas: share.blobGas / checkpoint.transactions, blobWei: String(BigInt(share.blobWei) / BigInt(checkpoint.transactions)) }
        : null,
    };
  }

  publishers(): Publisher[] {
    const average = 21n * 10n ** 14n;
    const flying = this.checkpointList().filter((checkpoint) => checkpoint.state === 'publishing');
    const runway = Number(this.#balance / average);
    return [{
      address: this.publisher, balance: String(this.#balance), nonce: this.checkpoints.size,
      inFlight: flying.map((checkpoint) => ({ slot: checkpoint.slot, checkpoint: checkpoint.hash, nonce: checkpoint.attempts[0]?.nonce ?? 0, attempts: checkpoint.attempts.length, deadline: checkpoint.expires ?? this.#iso() })),
      maxInFlight: 2, averageCost: String(average), runwayCheckpoints: runway, runwayMs: runway * slotMs, market: { baseFee: '9200000000', blobBaseFee: '1400000000', tip: '1000000000' },
      alarms: this.#health === 'ok' ? [] : [{ code: 'unfunded', message: `Publisher ${this.publisher} has ${this.#balance} wei and needs ${average}. Send ETH to it, or list another key in L1:Publishers.` }],
    }];
  }

  health(): Health {
    const bad = this.#health === 'degraded';
    const check = (name: string, value: number | null, unit: string | null, reason: string | null = null) => ({ name, status: reason === null ? 'ok' as const : 'degraded' as const, reason, value, unit, since: iso(this.genesis) });
    return {
      status: this.#health, version: '0.1.0', startedAt: iso(this.genesis),
      checks: [check('silo', null, null), check('replica', 84, 'ms'), check('l1', 900, 'ms'), check('publisher', bad ? 1 : 1952, 'checkpoints', bad ? 'The balance pays for 1 checkpoint.' : null), check('storage', 212e9, 'bytes'), check('clock', 3, 'ms'), check('quorum', 45, 'members')],
      process: { memoryBytes: 187_400_192, cpuPercent: 34, subscribers: 3 },
    };
  }

  committee(slots = 64): Committee {
    const done = [...this.slots.values()].filter((slot) => slot.phase !== 'upcoming').sort((left, right) => left.slot - right.slot).slice(-slots);
    const epoch = Math.floor((done.at(-1)?.slot ?? 0) / slotsPerEpoch);
    return {
      epoch, firstSlot: epoch * slotsPerEpoch, lastSlot: (epoch + 1) * slotsPerEpoch - 1, size, quorum,
      members: this.members.map((member, position) => ({ address: member, record: this.#record(position, done), medianAfterSealMs: 60 + pick(`median ${position}`, 80), hosted: position < 40 })),
      slots: done.map((slot) => ({ slot: slot.slot, proposer: proposerOf(slot.slot), result: slot.result, attendance: this.members.map((_, position) => (slot.result === null ? '.' : letterOf(slot.slot, position))).join('') })),
    };
  }

  validator(key: string): Validator | undefined {
    const position = this.members.indexOf(key);
    if (position < 0) {
      return undefined;
    }
    const done = [...this.slots.values()].sort((left, right) => right.slot - left.slot).slice(0, 64);
    const attendance = { s: 'sent', l: 'late', m: 'missed', o: 'other', c: 'conflicting' } as const;
    return {
      address: key, inCommittee: true, index: position, record: this.#record(position, done),
      duties: done.map((slot) => ({ slot: slot.slot, isProposer: proposerOf(slot.slot) === position, result: slot.result, attendance: slot.result === null ? null : attendance[letterOf(slot.slot, position)] })),
      evidence: this.evidence.filter((item) => item.offender === key),
    };
  }

  addressInfo(key: string): AddressInfo {
    const own = [...this.transactions.values()].filter((sent) => sent.from === key).sort((left, right) => right.at - left.at).slice(0, 50);
    return {
      address: key, balance: '1250000000000000000000', nonce: Math.max(0, own.length - 2), pendingNonce: own.length, isContract: key === address('exchange'),
      roles: [...(this.members.includes(key) ? ['validator' as const] : []), ...(key === this.publisher ? ['publisher' as const] : [])],
      transactions: own.map((sent) => ({ hash: sent.hash, state: this.transaction(sent.hash)!.state, at: iso(sent.at), nonce: sent.nonce })),
    };
  }

  search(query: string): SearchMatch[] {
    const text = query.trim().toLowerCase();
    const matches: SearchMatch[] = [];
    if (this.transactions.has(text)) {
      matches.push({ kind: 'transaction', key: text, label: `Transaction ${text.slice(0, 10)}…` });
    }
    if (/^\d+$/.test(text)) {
      if (this.slots.has(Number(text))) {
        matches.push({ kind: 'slot', key: text, label: `Slot ${text}` });
      }
      if (this.block(text) !== undefined) {
        matches.push({ kind: 'block', key: text, label: `Block ${text}` });
      }
      if (this.checkpoint(text) !== undefined) {
        matches.push({ kind: 'checkpoint', key: text, label: `Checkpoint ${text}` });
      }
    }
    if (/^0x[0-9a-f]{64}$/.test(text) && matches.length === 0) {
      const block = this.block(text);
      if (block !== undefined) {
        matches.push({ kind: 'block', key: text, label: `Block ${block.block.number}` });
      } else if (this.checkpoint(text) !== undefined) {
        matches.push({ kind: 'checkpoint', key: text, label: `Checkpoint of slot ${this.checkpoint(text)!.slot}` });
      }
    }
    if (/^0x[0-9a-f]{40}$/.test(text)) {
      matches.push({ kind: this.members.includes(text) ? 'validator' : text === this.publisher ? 'publisher' : 'address', key: text, label: this.members.includes(text) ? `Validator ${this.members.indexOf(text)}` : 'Address' });
    }
    return matches;
  }

  #step(): void {
    const since = this.now - this.genesis;
    const frame = Math.floor((since - 1) / slotMs);
    const inFrame = since - frame * slotMs;
    const slot = this.slots.get(frame) ?? this.#open(frame);
    if (inFrame % flashblockMs === 0 && !(frame === script.unpublished + 1 && inFrame > 9_000)) {
      this.#flashblock(slot, inFrame);
    }
    this.#chunks(frame);
    this.#settle(frame, inFrame);
    if (since % 1000 === 0) {
      this.#say('heartbeat', { now: this.#iso(), lastEventId: this.lastEventId, position: this.position, slot: frame, transactionsPerSecond: this.#tps(), pool: this.#pool() });
    }
    if (since % l1SlotMs === 0) {
      const number = 100 + since / l1SlotMs;
      this.#tips.l1Head = { number, hash: hash(`l1 ${number}`) };
      this.#finality(number);
    }
  }

  #open(number: number): Slot {
    const start = this.genesis + number * slotMs;
    const slot: Slot = {
      slot: number, epoch: Math.floor(number / slotsPerEpoch), proposer: this.members[proposerOf(number)]!, frameStart: iso(start), frameEnd: iso(start + slotMs), phase: 'building', result: null, chunks: 0, certified: 0,
      transactions: 0, gasUsed: 0, preconfirmedMs: null, attestedMs: null, checkpoint: null, reorged: false, deadlines: deadlinesOf(start), items: [], checkpointDetail: null,
    };
    this.slots.set(number, slot);
    const before = this.slots.get(number - 1);
    if (before !== undefined) {
      before.phase = 'attesting';
      this.#emit('slot', summaryOf(before));
    }
    this.#emit('slot', summaryOf(slot));
    return slot;
  }

  #flashblock(slot: Slot, inFrame: number): void {
    const index = Math.floor((inFrame - 1) / chunkMs);
    const inChunk = inFrame - index * chunkMs;
    const flashblock = inChunk / flashblockMs - 1;
    let chunk = slot.items.find((item) => item.index === index);
    if (chunk === undefined) {
      chunk = {
        slot: slot.slot, index, state: 'building', hash: null, block: { number: this.#nextBlock, hash: null }, producer: slot.proposer!, isLast: index === chunksPerSlot - 1, transactions: 0, gasUsed: 0, gasLimit: 30_000_000,
        size: 0, openedAt: this.#iso(), sealedAt: null, executedAt: null, certifiedAt: null, attestations: 0, quorum, flashblocks: [],
      };
      slot.items.push(chunk);
      slot.chunks++;
    }
    const label = `${slot.slot}/${index}/${flashblock}`;
    const added = 4 + pick(`load ${label}`, 9) + Math.round(6 * Math.sin((slot.slot + index / 6) / 5) + 6);
    for (let i = 0; i < added; i++) {
      const waiting = this.#waiting.shift();
      const from = waiting?.from ?? address(`account ${pick(`${label}/${i}`, 200)}`);
      const sent: Sent = waiting ?? { hash: hash(`tx ${label}/${i}`), from, nonce: i, at: this.now - 40 - pick(`wait ${label}/${i}`, 170), slot: 0, chunk: 0, flashblock: 0, index: 0, dropped: false };
      Object.assign(sent, { slot: slot.slot, chunk: index, flashblock, index: chunk.transactions + i });
      this.transactions.set(sent.hash, sent);
    }
    chunk.transactions += added;
    chunk.gasUsed += added * 61_000;
    chunk.size += added * 148;
    slot.transactions += added;
    slot.gasUsed += added * 61_000;
    this.#given += added;
    const item: Flashblock = {
      slot: slot.slot, chunk: index, index: flashblock, block: chunk.block.number, hash: hash(`flashblock ${label}`), emittedAt: this.#iso(), shownAt: iso(this.now + 3), transactions: added, totalTransactions: chunk.transactions, gasUsed: chunk.gasUsed,
      isLast: inChunk === chunkMs,
    };
    chunk.flashblocks.push(item);
    this.#tips.pending = { slot: slot.slot, chunk: index, flashblock, block: chunk.block.number, hash: hash(`partial ${label}`), transactions: chunk.transactions };
    this.#emit('flashblock', item);
    this.#announce(slot.slot, index, flashblock, 'preconfirmed');
    if (item.isLast) {
      this.#nextBlock++;
      chunk.state = 'proposed';
      chunk.hash = hash(`chunk ${slot.slot}/${index}`);
      chunk.block.hash = hash(`block ${chunk.block.number} of slot ${slot.slot}`);
      chunk.sealedAt = this.#iso();
      chunk.executedAt = iso(this.now + 38);
      this.#tips.pending = null;
      this.#tip('proposed', chunk);
      this.#chunkEvent(chunk);
      this.#announce(slot.slot, index, null, 'proposed');
    }
  }

  #chunks(frame: number): void {
    for (const slot of [this.slots.get(frame - 1), this.slots.get(frame)]) {
      for (const chunk of slot?.items ?? []) {
        if (slot !== undefined && chunk.state === 'proposed' && chunk.sealedAt !== null && this.now - Date.parse(chunk.sealedAt) >= 100 + (pick(`certify ${chunk.hash}`, 3)) * 100) {
          chunk.state = 'attested';
          chunk.certifiedAt = this.#iso();
          chunk.attestations = this.members.filter((_, position) => letterOf(slot.slot * chunksPerSlot + chunk.index, position) === 's').length;
          slot.certified++;
          slot.attestedMs = 120 + pick(`attested ${slot.slot}`, 60);
          slot.preconfirmedMs = 104 + pick(`preconfirmed ${slot.slot}`, 22);
          this.#tip('attested', chunk);
          this.#chunkEvent(chunk);
          this.#announce(slot.slot, chunk.index, null, 'attested');
        }
      }
    }
  }

  /** What the frame after a slot's frame does for it: proposal, attestation, sending and landing of its checkpoint. */
  #settle(frame: number, inFrame: number): void {
    const slot = this.slots.get(frame - 1);
    if (slot === undefined || slot.items.length === 0 || slot.items.every((chunk) => chunk.state === 'pruned')) {
      return;
    }
    if (inFrame === 600) {
      this.#propose(slot);
    }
    const checkpoint = this.checkpoints.get(slot.slot);
    if (checkpoint === undefined) {
      return;
    }
    if (inFrame === 900) {
      checkpoint.state = 'attested';
      checkpoint.attestedAt = this.#iso();
      checkpoint.attestations = 41 + pick(`quorum ${slot.slot}`, 7);
      this.#checkpointEvent(slot, checkpoint);
    }
    const isReplaced = script.replaced.includes(slot.slot);
    if (inFrame === 1200 || (isReplaced && inFrame === 5200)) {
      checkpoint.state = 'publishing';
      slot.phase = 'publishing';
      this.#attempt(checkpoint);
      this.#checkpointEvent(slot, checkpoint);
    }
    if (slot.slot === script.unpublished) {
      if (inFrame === 9_500) {
        this.#unpublished(slot);
      }
      return;
    }
    if (inFrame === (isReplaced ? 8_000 : 4_000)) {
      this.#land(slot, checkpoint);
    }
    if (inFrame === 11_000 && checkpoint.state === 'mined') {
      checkpoint.state = 'landed';
      checkpoint.depth = 5;
      slot.phase = 'done';
      this.#checkpointEvent(slot, checkpoint);
    }
  }

  #propose(slot: Slot): void {
    const last = slot.items.at(-1)!;
    const used = Math.min(blobCapacity * 2, slot.transactions * 118);
    const blobs = Math.max(1, Math.ceil(used / blobCapacity));
    const checkpoint: Checkpoint = {
      number: null, hash: hash(`checkpoint ${slot.slot}`), slot: slot.slot, state: 'proposed', proposer: slot.proposer!, firstBlock: slot.items[0]!.block.number, lastBlock: { number: last.block.number, hash: last.block.hash! }, chunks: slot.items.length,
      transactions: slot.transactions, gasUsed: slot.gasUsed, stateRoot: hash(`state ${slot.slot}/5`), attestations: 12, quorum, proposedAt: this.#iso(), attestedAt: null, landedAt: null, l1Block: null, l1Transaction: null, depth: null,
      blobs: Array.from({ length: blobs }, (_, index) => ({ versionedHash: `0x01${hash(`blob ${slot.slot}/${index}`).slice(4)}`, used: index < blobs - 1 ? blobCapacity - 1200 : used - (blobs - 1) * (blobCapacity - 1200), capacity: blobCapacity })),
      attempts: [], cost: null, provenAt: null, provenIn: null, skipped: null, expires: iso(Date.parse(slot.frameEnd) + slotMs),
    };
    this.checkpoints.set(slot.slot, checkpoint);
    slot.result = 'checkpoint-valid';
    this.#checkpointEvent(slot, checkpoint);
  }

  #attempt(checkpoint: Checkpoint): void {
    const before = checkpoint.attempts.at(-1);
    if (before !== undefined) {
      before.state = 'replaced';
    }
    const factor = 2 ** checkpoint.attempts.length;
    checkpoint.attempts.push({
      publisher: this.publisher, nonce: checkpoint.slot, hash: hash(`attempt ${checkpoint.slot}/${checkpoint.attempts.length}`), isCancel: false, decidedAtBlock: this.#tips.l1Head!.number, sentAtBlock: this.#tips.l1Head!.number,
      tip: String(1e9 * factor), feeCap: String(2.1e10 * factor), blobFeeCap: String(3e9 * factor), state: 'sent', inclusion: null,
    } satisfies Attempt);
  }

  #land(slot: Slot, checkpoint: Checkpoint): void {
    const block = this.#tips.l1Head!;
    const attempt = checkpoint.attempts.at(-1)!;
    attempt.state = 'mined';
    attempt.inclusion = block;
    const gas = 58_200 + pick(`gas ${slot.slot}`, 900);
    const blobGas = checkpoint.blobs.length * 131_072;
    const price = 9_200_000_000 + pick(`price ${Math.floor(slot.slot / 4)}`, 4_000) * 1_000_000;
    Object.assign(checkpoint, {
      number: ++this.#numbers, state: 'mined', landedAt: this.#iso(), l1Block: block, l1Transaction: attempt.hash, depth: 1,
      cost: { gas, wei: String(BigInt(gas) * BigInt(price) + BigInt(blobGas) * 1_400_000_000n), blobGas, blobWei: String(BigInt(blobGas) * 1_400_000_000n) },
    } satisfies Partial<Checkpoint>);
    this.#balance -= BigInt(checkpoint.cost!.wei);
    slot.result = 'checkpoint-mined';
    for (const chunk of slot.items) {
      chunk.state = 'checkpointed';
      this.#chunkEvent(chunk);
      this.#announce(slot.slot, chunk.index, null, 'checkpointed');
    }
    this.#tip('checkpointed', slot.items.at(-1)!);
    this.#checkpointEvent(slot, checkpoint);
    this.#emit('publisher', this.publishers()[0]!);
    if (slot.slot === script.equivocation) {
      this.evidence.unshift({ id: `e${slot.slot}`, at: this.#iso(), offence: 'duplicate-chunk-attestation', offender: this.members[19]!, slot: slot.slot, chunk: 2, flashblock: null, encoded: `0x${'ab'.repeat(180)}` });
      this.#emit('evidence', this.evidence[0]!);
    }
    if (slot.slot === script.l1Reorg) {
      this.#reorg('fell-back', 'checkpointed', slot.items, { code: 'l1-reorged', message: `L1 took back the block that held checkpoint ${checkpoint.number}; it was posted again one block later.`, l1Block: { number: block.number - 1, hash: hash(`l1 ${block.number - 1}`) } });
    }
  }

  #unpublished(slot: Slot): void {
    const next = this.slots.get(slot.slot + 1)!;
    const reason: BreakReason = { code: 'slot-unpublished', message: `Slot ${slot.slot} was not posted before L1 would have refused it; the slot on top of it fell too.`, slot: slot.slot, l1Block: this.#tips.l1Head! };
    const pruned = [...slot.items, ...next.items];
    const parent = this.slots.get(slot.slot - 1)!.items.at(-1)!;
    for (const chunk of pruned) {
      chunk.state = 'pruned';
    }
    const checkpoint = this.checkpoints.get(slot.slot)!;
    checkpoint.state = 'expired';
    for (const [target, result] of [[slot, 'checkpoint-missed'], [next, 'checkpoint-missed']] as const) {
      Object.assign(target, { result, reorged: true, phase: 'done' });
      this.#emit('slot', summaryOf(target));
    }
    next.phase = 'building';
    this.#checkpointEvent(slot, checkpoint);
    this.#nextBlock = parent.block.number + 1;
    this.#tips.pending = null;
    this.#tip('proposed', parent);
    this.#tip('attested', parent);
    this.#reorg('pruned', 'proposed', pruned, reason);
    const lost = [...this.transactions.values()].filter((sent) => sent.slot === slot.slot || sent.slot === next.slot).slice(0, 180);
    for (const [index, sent] of lost.entries()) {
      const promise: BrokenPromise = { id: `b${slot.slot}-${index}`, at: this.#iso(), transaction: sent.hash, lost: sent.slot === slot.slot ? 'attested' : 'preconfirmed', now: 'pending', reason };
      this.broken.unshift(promise);
      Object.assign(sent, { slot: -1, chunk: -1, flashblock: -1, index: -1 });
      this.#waiting.push(sent);
      this.#emit('broken', promise);
    }
  }

  #reorg(kind: Reorg['kind'], lost: Reorg['lost'], chunks: Chunk[], reason: BreakReason): void {
    const reorg: Reorg = {
      id: `r${chunks[0]!.slot}-${kind}`, at: this.#iso(), kind, lost, slot: chunks[0]!.slot,
      chunks: chunks.map((chunk) => ({ slot: chunk.slot, chunk: chunk.index, chunkHash: chunk.hash ?? hash('open'), block: { number: chunk.block.number, hash: chunk.block.hash ?? hash('open') } })),
      transactions: chunks.reduce((sum, chunk) => sum + chunk.transactions, 0), reason,
    };
    this.reorgs.unshift(reorg);
    this.#emit('reorg', reorg);
  }

  /** A proof for each slot four slots after it landed; final twenty-four slots after. */
  #finality(l1: number): void {
    for (const [tip, state, distance] of [['proven', 'proven', 28], ['finalized', 'finalized', 150]] as const) {
      for (const checkpoint of this.checkpoints.values()) {
        const from = tip === 'proven' ? ['mined', 'landed'] : ['proven'];
        if (from.includes(checkpoint.state) && checkpoint.l1Block !== null && l1 - checkpoint.l1Block.number >= distance) {
          const slot = this.slots.get(checkpoint.slot)!;
          checkpoint.state = state;
          if (tip === 'proven') {
            checkpoint.provenAt = this.#iso();
            checkpoint.provenIn = { number: l1, hash: hash(`l1 ${l1}`) };
          }
          for (const chunk of slot.items) {
            chunk.state = state;
          }
          this.#tip(tip, slot.items.at(-1)!);
          this.#checkpointEvent(slot, checkpoint);
        }
      }
    }
  }

  #rungs(sent: Sent): RungInfo[] {
    const list: RungInfo[] = [];
    const add = (rung: Rung, at: string | null, detail: RungInfo['detail'], kind: NonNullable<RungInfo['proof']>['kind'] | null) => {
      if (at !== null) {
        const before = list.at(-1);
        list.push({
          rung, at, sincePreviousMs: before === undefined ? null : Math.max(0, Date.parse(at) - Date.parse(before.at)), detail,
          proof: kind === null ? null : { href: `/api/v1/transactions/${sent.hash}/proof?rung=${rung}`, kind },
        });
      }
    };
    add('pending', iso(sent.at), {}, null);
    const chunk = this.#chunkOf(sent);
    if (chunk === undefined) {
      return list;
    }
    const place = { slot: sent.slot, chunk: sent.chunk };
    const flashblock = chunk.flashblocks.find((item) => item.index === sent.flashblock);
    add('preconfirmed', flashblock?.shownAt ?? null, { ...place, flashblock: sent.flashblock, producer: chunk.producer, ...(flashblock === undefined ? {} : { payloadHash: flashblock.hash }) }, 'flashblock-signature');
    if (chunk.hash !== null && chunk.block.hash !== null) {
      const block = { number: chunk.block.number, hash: chunk.block.hash };
      add('proposed', chunk.executedAt, { ...place, chunkHash: chunk.hash, block, producer: chunk.producer }, 'chunk-signature');
      add('attested', chunk.certifiedAt, { ...place, chunkHash: chunk.hash, block, attestations: chunk.attestations, quorum }, 'certificate');
      const checkpoint = this.checkpoints.get(sent.slot);
      if (checkpoint?.number != null && checkpoint.l1Block !== null && checkpoint.l1Transaction !== null) {
        const depth = this.#tips.l1Head!.number - checkpoint.l1Block.number + 1;
        add('checkpointed', checkpoint.landedAt, { slot: sent.slot, checkpoint: checkpoint.number, payloadHash: checkpoint.hash, block: checkpoint.lastBlock, l1Transaction: checkpoint.l1Transaction, l1Block: checkpoint.l1Block, depth, blobs: checkpoint.blobs.map((blob) => blob.versionedHash) }, 'l1-inclusion');
        if (checkpoint.provenIn !== null) {
          add('proven', checkpoint.provenAt, { checkpoint: checkpoint.number, l1Block: checkpoint.provenIn }, 'l1-proof');
        }
      }
    }
    return list;
  }

  #chunkOf(sent: Sent): Chunk | undefined {
    return this.slots.get(sent.slot)?.items.find((item) => item.index === sent.chunk);
  }

  /** Transaction events of a chunk's transactions that somebody may follow. */
  #announce(slot: number, chunk: number, flashblock: number | null, rung: TransactionState): void {
    for (const sent of this.#followed) {
      if (sent.slot === slot && sent.chunk === chunk && (flashblock === null || sent.flashblock === flashblock)) {
        this.#emit('transaction', { hash: sent.hash, state: rung, at: this.#iso(), rung: this.#rungs(sent).find((info) => info.rung === rung) ?? null, broken: null, dropped: null });
      }
    }
  }

  #chunkEvent(chunk: Chunk): void {
    this.#emit('chunk', { ...chunk, flashblocks: [] });
  }

  #checkpointEvent(slot: Slot, checkpoint: Checkpoint): void {
    slot.checkpoint = { number: checkpoint.number, hash: checkpoint.hash, state: checkpoint.state };
    slot.checkpointDetail = checkpoint;
    this.#emit('checkpoint', checkpoint);
    this.#emit('slot', summaryOf(slot));
  }

  #tip(tip: 'proposed' | 'attested' | 'checkpointed' | 'proven' | 'finalized', chunk: Chunk): void {
    const from = this.#tips[tip];
    const to = { number: chunk.block.number, hash: chunk.block.hash ?? hash('open') };
    if (from.number !== to.number) {
      this.#tips[tip] = to;
      this.#emit('tip', { tip, from, to, at: this.#iso() });
    }
  }

  #record(position: number, slots: SlotSummary[]): ValidatorRecord {
    const record = { sent: 0, late: 0, missed: 0, invalid: 0, proposed: 0, notProposed: 0 };
    for (const slot of slots.filter((candidate) => candidate.result !== null)) {
      const letter = letterOf(slot.slot, position);
      record[letter === 's' ? 'sent' : letter === 'l' ? 'late' : letter === 'm' ? 'missed' : 'invalid']++;
      if (proposerOf(slot.slot) === position) {
        record[slot.result === 'checkpoint-mined' || slot.result === 'checkpoint-valid' ? 'proposed' : 'notProposed']++;
      }
    }
    const failed = record.missed + record.invalid + record.notProposed;
    const all = failed + record.sent + record.late + record.proposed;
    return { ...record, failureRatio: all === 0 ? 0 : failed / all };
  }

  #emit<N extends EventName>(event: N, data: unknown): void {
    const id = `${this.#logName}-${++this.#sequence}`;
    const recorded: Recorded = { sequence: this.#sequence, event: structuredClone({ id, event, data }) as StreamEvent };
    this.log.push(recorded);
    if (this.log.length > 2000) {
      this.log.shift();
    }
    this.#tell(recorded, recorded.event);
  }

  #say(event: EventName, data: unknown): void {
    this.#tell(null, { id: null, event, data } as StreamEvent);
  }

  #tell(recorded: Recorded | null, event: StreamEvent): void {
    if (this.speaks) {
      for (const listener of this.listeners) {
        listener(recorded, event);
      }
    }
  }

  #tps(): number {
    return 55 + Math.round(300 * Math.sin(this.now / 60_000)) / 10 + pick(`tps ${Math.floor(this.now / 1000)}`, 9);
  }

  #pool(): { pending: number; queued: number } {
    return { pending: 18 + pick(`pool ${Math.floor(this.now / 1000)}`, 40) + this.#waiting.length, queued: 3 };
  }

  #iso(): string {
    return iso(this.now);
  }
}

function summaryOf(slot: Slot): SlotSummary {
  const { deadlines: _deadlines, items: _items, checkpointDetail: _checkpoint, ...summary } = slot;
  return summary;
}

function deadlinesOf(start: number): Deadlines {
  const end = start + slotMs;
  return {
    frameStart: iso(start), frameEnd: iso(end), start: iso(start + 4000), lastChunk: iso(end), checkpointSend: iso(end + 500), receive: iso(end + 2000), attest: iso(end + 10_000), earliestL1Send: iso(end - 1000),
    plannedL1Send: iso(end + 1200), publishBy: iso(end + 10_000), synced: iso(end + 3000),
  };
}

function proposerOf(slot: number): number {
  return (slot * 7 + 3) % size;
}

function letterOf(position: number, member: number): 's' | 'l' | 'm' | 'o' | 'c' {
  if (member === 19 && position === script.equivocation) {
    return 'c';
  }
  if (member === 33 && position >= 50 && position < 58) {
    return 'm';
  }
  const dice = pick(`attend ${position}/${member}`, 1000);
  const weakness = script.flaky.includes(member) ? 90 : 6;
  return dice < weakness ? 'm' : dice < weakness * 3 ? 'l' : 's';
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

const known = new Map<string, string>();

/** A hash that depends on a label only. */
export function hash(label: string): string {
  let value = known.get(label);
  if (value === undefined) {
    value = `0x${createHash('sha256').update(label).digest('hex')}`;
    known.set(label, value);
  }
  return value;
}

/** An address that depends on a label only. */
export function address(label: string): string {
  return hash(`address ${label}`).slice(0, 42);
}

/** A number below a bound that depends on a label only. */
function pick(label: string, below: number): number {
  let state = 2_166_136_261;
  for (let i = 0; i < label.length; i++) {
    state = Math.imul(state ^ label.charCodeAt(i), 16_777_619) >>> 0;
  }
  state ^= state >>> 15;
  state = Math.imul(state, 2_246_822_519) >>> 0;
  return ((state ^ (state >>> 13)) >>> 0) % below;
}
