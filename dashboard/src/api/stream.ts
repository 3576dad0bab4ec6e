import { liveEvents, type EventName, type StreamEvent } from './types.js';

/** What the stream is doing. `silent`: open, but nothing is heard. */
export type StreamState = 'connecting' | 'live' | 'silent' | 'lost';

/** The part of EventSource that is used, so that a test can put its own in its place. */
export interface Source {
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  onopen: ((event: Event) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  close(): void;
}

export interface StreamOptions {
  /** Hash of the transaction to follow besides everything else. */
  transaction?: string;
  onEvent(event: StreamEvent): void;
  onState(state: StreamState): void;
  open?(url: string): Source;
  now?(): number;
}

export const silentAfterMs = 5_000;
const slowestRetryMs = 15_000;
const controls: readonly EventName[] = ['heartbeat', 'reset', 'closing'];

/** Follows the event stream for as long as the page is open: resumes after the last event that it saw, backs off while the gateway is away, and tells when the stream is silent. */
export class EventStream {
  #source: Source | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #failures = 0;
  #heardAt: number | null = null;
  #state: StreamState = 'connecting';
  #last: string | null;
  readonly #options: StreamOptions;

  constructor(after: string | null, options: StreamOptions) {
    this.#last = after;
    this.#options = options;
  }

  /** Id of the newest event that was handled. */
  get last(): string | null {
    return this.#last;
  }

  /** Milliseconds since anything was heard. */
  get silence(): number {
    return this.#heardAt === null ? 0 : this.#now() - this.#heardAt;
  }

  start(): void {
    this.#connect();
    this.#watch = setInterval(() => this.check(), 1000);
  }

  stop(): void {
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    this.#source?.close();
    this.#source = null;
  }

  /** Calls a stream dead that was silent for too long. */
  check(): void {
    if (this.#source === null || this.silence < silentAfterMs) {
      return;
    }
    if (this.#state === 'live') {
      this.#set('silent');
    }
    if (this.silence >= 2 * silentAfterMs) {
      this.#again();
    }
  }

  /** Goes on from a snapshot that was read anew. */
  resumeAfter(id: string): void {
    this.#last = id;
  }

  #connect(): void {
    const types = this.#options.transaction === undefined ? liveEvents : [...liveEvents, 'transaction'];
    const query = new URLSearchParams({ types: types.join(',') });
    if (this.#options.transaction !== undefined) {
      query.set('transaction', this.#options.transaction);
    }
    if (this.#last !== null) {
      query.set('after', this.#last);
    }
    const url = `/api/v1/events?${query.toString()}`;
    const source = this.#options.open?.(url) ?? new EventSource(url);
    this.#source = source;
    this.#heardAt = this.#now();
    source.onopen = () => this.#hear(source);
    source.onerror = () => {
      if (this.#source === source) {
        this.#again();
      }
    };
    for (const name of [...types, ...controls]) {
      source.addEventListener(name, (message) => this.#take(source, name as EventName, message));
    }
  }

  #take(source: Source, name: EventName, message: MessageEvent<string>): void {
    if (this.#source !== source) {
      return;
    }
    this.#hear(source);
    const id = message.lastEventId === '' ? null : message.lastEventId;
    const event = { id, event: name, data: JSON.parse(message.data) as unknown } as StreamEvent;
    if (id !== null && name !== 'heartbeat' && name !== 'closing') {
      this.#last = id;
    }
    this.#options.onEvent(event);
    if (event.event === 'closing') {
      this.#again(event.data.retryAfterMs);
    }
  }

  #hear(source: Source): void {
    if (this.#source === source) {
      this.#failures = 0;
      this.#heardAt = this.#now();
      this.#set('live');
    }
  }

  #again(after?: number): void {
    this.#source?.close();
    this.#source = null;
    this.#set('lost');
    const wait = Math.max(after ?? 0, Math.min(slowestRetryMs, 500 * 2 ** this.#failures));
    this.#failures++;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), wait);
  }

  #set(state: StreamState): void {
    if (this.#state !== state) {
      this.#state = state;
      this.#options.onState(state);
    }
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}
