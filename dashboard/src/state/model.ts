import type {
  BrokenPromise, Checkpoint, Chunk, Deadlines, Flashblock, Health, Heartbeat, Network, Overview, Publisher, Reorg, RungTimes, Slot, SlotSummary, StreamEvent, Tips,
} from '../api/types.js';

/** How much of the past is kept in memory. */
export const kept = { slots: 64, details: 3, checkpoints: 64, incidents: 64, rates: 180 } as const;

/** Everything that the pages show of the present. One object, changed in place by {@link apply}. */
export interface Model {
  network: Network;
  tips: Tips;
  position: string;
  /** Newest first. */
  slots: SlotSummary[];
  /** The newest slots with chunks and flashblocks, newest first. */
  details: Slot[];
  /** Newest first. */
  checkpoints: Checkpoint[];
  publishers: Publisher[];
  health: Health;
  reorgs: Reorg[];
  broken: BrokenPromise[];
  rungTimes: RungTimes;
  promises: { given: number; broken: number };
  pool: { pending: number; queued: number };
  transactionsPerSecond: number;
  /** Transactions per second by second, oldest first. */
  rates: { at: number; value: number }[];
  lastEventId: string;
  /** Milliseconds to add to this machine's clock to get the gateway's. */
  clockOffset: number;
}

/** A model from a snapshot. What only grows from events is taken over from the model before, if there is one. */
export function fromOverview(overview: Overview, localNow: number, before: Model | null = null): Model {
  const details = [...(overview.building === null ? [] : [overview.building]), ...(before?.details ?? [])];
  return {
    network: overview.network,
    tips: overview.tips,
    position: overview.position,
    slots: overview.slots,
    details: unique(details, (slot) => slot.slot).slice(0, kept.details),
    checkpoints: overview.checkpoints,
    publishers: overview.publishers,
    health: overview.health,
    reorgs: overview.reorgs,
    broken: before?.broken ?? [],
    rungTimes: overview.rungTimes,
    promises: { ...overview.promises },
    pool: overview.pool,
    transactionsPerSecond: overview.transactionsPerSecond,
    rates: before?.rates ?? [],
    lastEventId: overview.lastEventId,
    clockOffset: Date.parse(overview.now) - localNow,
  };
}

/** Puts an event in its place. Events that the snapshot already holds change nothing that it does not say. */
export function apply(model: Model, event: StreamEvent, localNow: number): void {
  if (event.id !== null && event.event !== 'reset') {
    if (!isAfter(event.id, model.lastEventId)) {
      return;
    }
    model.lastEventId = event.id;
  }
  switch (event.event) {
    case 'flashblock':
      addFlashblock(model, event.data);
      break;
    case 'flashblock-withdrawn': {
      const { slot, chunk } = event.data;
      const detail = detailOf(model, slot);
      const item = detail?.items.find((candidate) => candidate.index === chunk);
      if (item !== undefined) {
        item.state = 'abandoned';
      }
      break;
    }
    case 'chunk':
      addChunk(model, event.data);
      break;
    case 'slot': {
      insert(model.slots, event.data, (slot) => slot.slot, (slot) => slot.slot, kept.slots);
      const detail = detailOf(model, event.data.slot);
      if (detail !== undefined) {
        Object.assign(detail, event.data);
      } else {
        openDetail(model, event.data);
      }
      break;
    }
    case 'tip':
      model.tips = { ...model.tips, [event.data.tip]: event.data.to };
      break;
    case 'checkpoint': {
      insert(model.checkpoints, event.data, (checkpoint) => checkpoint.hash, (checkpoint) => checkpoint.slot, kept.checkpoints);
      const detail = detailOf(model, event.data.slot);
      if (detail !== undefined) {
        detail.checkpointDetail = event.data;
      }
      if (event.data.l1Block !== null && event.data.l1Block.number > (model.tips.l1Head?.number ?? 0)) {
        model.tips = { ...model.tips, l1Head: event.data.l1Block };
      }
      break;
    }
    case 'reorg':
      model.reorgs = [event.data, ...model.reorgs.filter((reorg) => reorg.id !== event.data.id)].slice(0, kept.incidents);
      markPruned(model, event.data);
      break;
    case 'broken':
      model.broken = [event.data, ...model.broken.filter((broken) => broken.id !== event.data.id)].slice(0, kept.incidents);
      model.promises.broken++;
      break;
    case 'publisher':
      model.publishers = model.publishers.some((lane) => lane.address === event.data.address)
        ? model.publishers.map((lane) => (lane.address === event.data.address ? event.data : lane))
        : [...model.publishers, event.data];
      break;
    case 'health':
      model.health = event.data;
      break;
    case 'heartbeat':
      beat(model, event.data, localNow);
      break;
    default:
      break;
  }
}

/** Whether an event id comes after another one. Ids of another log do: the log began anew. */
export function isAfter(id: string, reference: string): boolean {
  const [log, sequence] = split(id);
  const [referenceLog, referenceSequence] = split(reference);
  return log !== referenceLog || sequence > referenceSequence;
}

/** The deadlines of another slot: all slots are alike, only moved. */
export function shifted(deadlines: Deadlines, slots: number, slotMs: number): Deadlines {
  const moved = Object.entries(deadlines).map(([name, instant]) => [name, new Date(Date.parse(instant) + slots * slotMs).toISOString()]);
  return Object.fromEntries(moved) as Deadlines;
}

function split(id: string): [string, bigint] {
  const dash = id.lastIndexOf('-');
  return [id.slice(0, dash), BigInt(id.slice(dash + 1))];
}

function beat(model: Model, heartbeat: Heartbeat, localNow: number): void {
  const offset = Date.parse(heartbeat.now) - localNow;
  // The largest offset is that of the heartbeat that was the shortest time on its way; it is let go slowly, as clocks drift.
  model.clockOffset = Math.abs(offset - model.clockOffset) > 5000 ? offset : Math.max(offset, model.clockOffset - 1);
  model.position = heartbeat.position;
  model.pool = heartbeat.pool;
  model.transactionsPerSecond = heartbeat.transactionsPerSecond;
  model.rates.push({ at: Date.parse(heartbeat.now), value: heartbeat.transactionsPerSecond });
  if (model.rates.length > kept.rates) {
    model.rates.splice(0, model.rates.length - kept.rates);
  }
}

function addFlashblock(model: Model, flashblock: Flashblock): void {
  model.promises.given += flashblock.transactions;
  model.tips = {
    ...model.tips,
    pending: {
      slot: flashblock.slot, chunk: flashblock.chunk, flashblock: flashblock.index, block: flashblock.block, hash: flashblock.hash, transactions: flashblock.totalTransactions,
    },
  };
  const detail = detailOf(model, flashblock.slot);
  if (detail === undefined) {
    return;
  }
  let chunk = detail.items.find((candidate) => candidate.index === flashblock.chunk);
  if (chunk === undefined) {
    chunk = {
      slot: flashblock.slot, index: flashblock.chunk, state: 'building', hash: null, block: { number: flashblock.block, hash: null }, producer: detail.proposer ?? '0x',
      isLast: false, transactions: 0, gasUsed: 0, gasLimit: model.network.gasLimit, size: 0, openedAt: flashblock.emittedAt, sealedAt: null, executedAt: null, certifiedAt: null,
      attestations: 0, quorum: model.network.quorum, flashblocks: [],
    };
    detail.items.push(chunk);
    detail.items.sort((left, right) => left.index - right.index);
  }
  if (chunk.flashblocks.every((known) => known.index !== flashblock.index)) {
    chunk.flashblocks.push(flashblock);
    chunk.transactions = Math.max(chunk.transactions, flashblock.totalTransactions);
    chunk.gasUsed = Math.max(chunk.gasUsed, flashblock.gasUsed);
  }
  recount(model, detail);
}

function addChunk(model: Model, chunk: Chunk): void {
  const { pending } = model.tips;
  if (chunk.sealedAt !== null && pending !== null && pending.slot === chunk.slot && pending.chunk === chunk.index) {
    model.tips = { ...model.tips, pending: null };
  }
  const detail = detailOf(model, chunk.slot);
  if (detail === undefined) {
    return;
  }
  const index = detail.items.findIndex((candidate) => candidate.index === chunk.index);
  const known = detail.items[index];
  if (known === undefined) {
    detail.items.push(chunk);
    detail.items.sort((left, right) => left.index - right.index);
  } else {
    detail.items[index] = { ...chunk, flashblocks: chunk.flashblocks.length > 0 ? chunk.flashblocks : known.flashblocks };
  }
  recount(model, detail);
}

/** What the lists show of a slot whose chunks change: the gateway tells the slot itself only when its state does. */
function recount(model: Model, detail: Slot): void {
  const live = detail.items.filter((chunk) => chunk.state !== 'pruned' && chunk.state !== 'abandoned');
  const counts = {
    chunks: live.length,
    certified: live.filter((chunk) => chunk.certifiedAt !== null).length,
    transactions: live.reduce((sum, chunk) => sum + chunk.transactions, 0),
  };
  Object.assign(detail, counts);
  const summary = model.slots.find((known) => known.slot === detail.slot);
  if (summary !== undefined) {
    Object.assign(summary, counts);
  }
}

function markPruned(model: Model, reorg: Reorg): void {
  if (reorg.kind !== 'pruned') {
    return;
  }
  for (const place of reorg.chunks) {
    const chunk = detailOf(model, place.slot)?.items.find((candidate) => candidate.index === place.chunk);
    if (chunk !== undefined) {
      chunk.state = 'pruned';
    }
  }
}

function detailOf(model: Model, slot: number): Slot | undefined {
  return model.details.find((detail) => detail.slot === slot);
}

/** A slot of which nothing but its frame is known yet. */
function openDetail(model: Model, summary: SlotSummary): void {
  const reference = model.details[0];
  if (reference === undefined || summary.slot <= reference.slot) {
    return;
  }
  const deadlines = shifted(reference.deadlines, summary.slot - reference.slot, model.network.timing.slotMs);
  model.details = [{ ...summary, deadlines, items: [], checkpointDetail: null }, ...model.details].slice(0, kept.details);
}

function insert<T>(list: T[], item: T, key: (item: T) => unknown, order: (item: T) => number, most: number): void {
  const index = list.findIndex((known) => key(known) === key(item));
  if (index >= 0) {
    list[index] = item;
    return;
  }
  const place = list.findIndex((known) => order(known) <= order(item));
  list.splice(place < 0 ? list.length : place, 0, item);
  list.length = Math.min(list.length, most);
}

function unique<T>(list: T[], key: (item: T) => unknown): T[] {
  const seen = new Set<unknown>();
  return list.filter((item) => !seen.has(key(item)) && seen.add(key(item)) !== undefined);
}
