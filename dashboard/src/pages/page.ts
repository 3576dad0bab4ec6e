import { html } from 'lit-html';
import { ApiError, read, type Call } from '../api/client.js';
import type { StreamEvent } from '../api/types.js';
import type { Model } from '../state/model.js';
import type { View } from '../view/parts.js';

/** What a page may use. */
export interface Context {
  model: Model;
  /** Draws again with the next frame. */
  refresh(): void;
  /** Draws at once, for what the reader's hands are on. */
  draw(): void;
  /** The gateway's time, Unix milliseconds. */
  now(): number;
  /** Width of the content in pixels. */
  width(): number;
}

export interface Page {
  title: string;
  /** Hash of a transaction that the event stream has to follow. */
  transaction?: string;
  view(): View;
  event?(event: StreamEvent): void;
  dispose?(): void;
}

/** A resource that a page reads for itself, and reads again when something about it changed. */
export class Resource<T> {
  value: T | null = null;
  error: ApiError | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();

  constructor(private readonly call: Call<T>, private readonly refresh: () => void) {
    void this.load();
  }

  async load(): Promise<void> {
    const { signal } = this.#abort;
    try {
      this.value = await read(this.call, signal);
      this.error = null;
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      this.error = error instanceof ApiError ? error : new ApiError(0, null, String(error));
    }
    this.refresh();
  }

  /** Reads again soon; many calls in a short time are one. */
  stale(afterMs = 400): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.load();
    }, afterMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  /** The value, or what stands in its place. */
  show(what: string, view: (value: T) => View): View {
    if (this.value !== null) {
      return view(this.value);
    }
    if (this.error === null) {
      return html`<p class="empty" aria-busy="true">Reading ${what}…</p>`;
    }
    const gone = this.error.status === 404 || this.error.status === 410;
    return html`<div class="refusal" role="alert"><h1>${gone ? `There is no ${what} here` : `The ${what} cannot be shown`}</h1><p>${this.error.message}</p>
      ${gone ? html`<p>This gateway may have pruned it, or it belongs to another rollup.</p>` : html`<button type="button" class="button" @click=${() => void this.load()}>Try again</button>`}</div>`;
  }
}

/** Which page of a list is read: the newest, or what comes before a cursor. */
interface Place {
  limit: number;
  before?: string;
}

/** Values in pages, newest first, with a button for older ones. */
export class Paged<T> {
  items: T[] | null = null;
  next: string | null = null;
  error: string | null = null;
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly call: (page: Place, signal: AbortSignal) => ReturnType<Call<{ items: T[]; next: string | null }>>, private readonly refresh: () => void, private readonly limit = 50) {
    void this.#read(null);
  }

  /** Reads the first page again; what was read of older ones goes. */
  stale(afterMs = 800): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#read(null);
    }, afterMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  more(): View {
    return this.next === null ? '' : html`<p class="more"><button type="button" class="button" ?disabled=${this.#busy} @click=${() => void this.#read(this.next)}>Older</button></p>`;
  }

  async #read(before: string | null): Promise<void> {
    if (this.#busy) {
      return;
    }
    this.#busy = true;
    try {
      const page = await read((signal) => this.call(before === null ? { limit: this.limit } : { limit: this.limit, before }, signal));
      this.items = before === null ? page.items : [...(this.items ?? []), ...page.items];
      this.next = page.next;
      this.error = null;
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    }
    this.#busy = false;
    this.refresh();
  }
}
