import type { components } from './schema.js';

type Schemas = components['schemas'];

export type Overview = Schemas['Overview'];
export type Network = Schemas['Network'];
export type Timing = Schemas['Timing'];
export type Tips = Schemas['Tips'];
export type TipName = Schemas['TipName'];
export type Percentiles = Schemas['Percentiles'];
export type RungTimes = Schemas['RungTimes'];
export type Rung = Schemas['Rung'];
export type RungInfo = Schemas['RungInfo'];
export type Transaction = Schemas['Transaction'];
export type TransactionState = Schemas['TransactionState'];
export type SlotSummary = Schemas['SlotSummary'];
export type SlotResult = Schemas['SlotResult'];
export type Slot = Schemas['Slot'];
export type Deadlines = Schemas['Deadlines'];
export type Chunk = Schemas['Chunk'];
export type ChunkDetail = Schemas['ChunkDetail'];
export type Flashblock = Schemas['Flashblock'];
export type Checkpoint = Schemas['Checkpoint'];
export type CheckpointState = Schemas['CheckpointState'];
export type Attempt = Schemas['Attempt'];
export type Publisher = Schemas['Publisher'];
export type Committee = Schemas['Committee'];
export type Validator = Schemas['Validator'];
export type ValidatorRecord = Schemas['ValidatorRecord'];
export type AddressInfo = Schemas['AddressInfo'];
export type Reorg = Schemas['Reorg'];
export type BrokenPromise = Schemas['BrokenPromise'];
export type BreakReason = Schemas['BreakReason'];
export type Evidence = Schemas['Evidence'];
export type Health = Schemas['Health'];
export type Heartbeat = Schemas['Heartbeat'];
export type SearchMatch = Schemas['SearchMatch'];
export type SearchResult = Schemas['SearchResult'];
export type Problem = Schemas['Problem'];
export type EventName = Schemas['EventName'];
export type EventDataMap = Schemas['EventData'];

/** An event of the stream with the type of its data. */
export type StreamEvent = { [N in EventName]: { id: string | null; event: N; data: EventDataMap[N] } }[EventName];

/** Rungs from the weakest promise up. */
export const rungs: readonly Rung[] = ['pending', 'preconfirmed', 'proposed', 'attested', 'checkpointed', 'proven', 'finalized'];

/** Events that a page with a picture of everything wants. */
export const liveEvents: readonly EventName[] = [
  'flashblock', 'flashblock-withdrawn', 'chunk', 'slot', 'tip', 'checkpoint', 'reorg', 'broken', 'evidence', 'publisher', 'health',
];
