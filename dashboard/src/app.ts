import { html, nothing, render } from 'lit-html';
import { api, ApiError, read } from './api/client.js';
import { EventStream, type StreamState } from './api/stream.js';
import type { StreamEvent } from './api/types.js';
import { duration } from './format.js';
import { committeePage } from './pages/committee.js';
import { addressPage, healthPage, incidentsPage, missingPage, searchPage } from './pages/misc.js';
import { overviewPage } from './pages/overview.js';
import type { Context, Page } from './pages/page.js';
import { checkpointPage, checkpointsPage, publishersPage } from './pages/settlement.js';
import { chunkPage, slotPage, slotsPage } from './pages/slots.js';
import { transactionPage } from './pages/transaction.js';
import { parseRoute, type Route } from './router.js';
import { apply, fromOverview, type Model } from './state/model.js';

const drawEveryMs = 100;
const retryMs = 3000;
const snapshotEveryMs = 15_000;
const navigation = [
  ['/', 'Now'], ['/slots', 'Slots'], ['/checkpoints', 'Checkpoints'], ['/committee', 'Committee'], ['/incidents', 'Incidents'], ['/publishers', 'Publishers'], ['/health', 'Health'],
] as const;

/** The shell: one model, one event stream, one page at a time. */
export class App {
  #model: Model | null = null;
  #page: Page | null = null;
  #stream: EventStream | null = null;
  #streamState: StreamState = 'connecting';
  #failure: string | null = null;
  #drawn = 0;
  #scheduled = false;
  #width = 0;
  #loading = false;
  #held: StreamEvent[] = [];
  #menu = false;

  constructor(private readonly root: HTMLElement) {}

  async start(): Promise<void> {
    addEventListener('popstate', () => this.#open());
    document.addEventListener('click', (event) => this.#click(event));
    document.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('visibilitychange', () => this.#stream?.check());
    this.root.replaceChildren();
    this.#draw();
    new ResizeObserver(() => this.#measure()).observe(this.root);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.refresh());
    await this.#snapshot();
    this.#open();
    setInterval(() => this.refresh(), 1000);
    setInterval(() => void this.#snapshot(), snapshotEveryMs);
    requestAnimationFrame(this.#tick);
  }

  readonly refresh = (): void => {
    if (this.#scheduled) {
      return;
    }
    this.#scheduled = true;
    setTimeout(() => requestAnimationFrame(() => this.#draw()), Math.max(0, drawEveryMs - (performance.now() - this.#drawn)));
  };

  #now(): number {
    return Date.now() + (this.#model?.clockOffset ?? 0);
  }

  /** Reads everything anew. Events that come meanwhile wait, and are put on top of the snapshot if they are newer. */
  async #snapshot(): Promise<void> {
    if (this.#loading) {
      return;
    }
    this.#loading = true;
    try {
      const model = fromOverview(await read((signal) => api.GET('/api/v1/overview', { signal })), Date.now(), this.#model);
      for (const event of this.#held) {
        apply(model, event, Date.now());
      }
      this.#model = model;
      this.#failure = null;
      if (model.details.length < 2) {
        await this.#previous(model);
      }
      if (this.#stream === null) {
        this.#follow(undefined);
      }
    } catch (error) {
      this.#failure = error instanceof ApiError ? error.message : String(error);
      if (this.#model === null) {
        setTimeout(() => void this.#snapshot().then(() => this.#model !== null && this.#page === null && this.#open()), retryMs);
      }
    }
    this.#held = [];
    this.#loading = false;
    this.refresh();
  }

  /** The slot below the one that is built: its checkpoint is on its way. */
  async #previous(model: Model): Promise<void> {
    const newest = model.details[0];
    if (newest !== undefined && newest.slot > 0) {
      try {
        const below = await read((signal) => api.GET('/api/v1/slots/{slot}', { params: { path: { slot: newest.slot - 1 } }, signal }));
        if (model.details.every((slot) => slot.slot !== below.slot)) {
          model.details.push(below);
        }
      } catch {
        // The picture of one slot is good enough.
      }
    }
  }

  #follow(transaction: string | undefined): void {
    this.#stream?.stop();
    this.#stream = new EventStream(this.#stream?.last ?? this.#model?.lastEventId ?? null, {
      ...(transaction === undefined ? {} : { transaction }),
      onEvent: (event) => this.#take(event),
      onState: (state) => {
        this.#streamState = state;
        this.refresh();
      },
    });
    this.#stream.start();
  }

  #take(event: StreamEvent): void {
    if (this.#model === null) {
      return;
    }
    if (event.event === 'reset') {
      void this.#snapshot();
    }
    if (this.#loading) {
      this.#held.push(event);
    }
    apply(this.#model, event, Date.now());
    this.#page?.event?.(event);
    this.refresh();
  }

  #open(): void {
    if (this.#model === null) {
      return;
    }
    this.#page?.dispose?.();
    const before = this.#page?.transaction;
    this.#page = this.#pageOf(parseRoute(location.pathname, location.search));
    this.#menu = false;
    document.title = `${this.#page.title} · Preconf Cloud`;
    if (this.#page.transaction !== before) {
      this.#follow(this.#page.transaction);
    }
    this.#draw();
  }

  #go(path: string, replace = false): void {
    if (replace) {
      history.replaceState(null, '', path);
    } else {
      history.pushState(null, '', path);
    }
    this.#open();
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
  }

  #pageOf(route: Route): Page {
    const app = this;
    const context: Context = {
      get model() {
        return app.#model!;
      },
      refresh: this.refresh,
      draw: () => this.#draw(),
      now: () => this.#now(),
      width: () => this.#width,
    };
    switch (route.page) {
      case 'overview': return overviewPage(context);
      case 'slots': return slotsPage(context);
      case 'slot': return slotPage(context, route.slot);
      case 'chunk': return chunkPage(context, (signal) => api.GET('/api/v1/slots/{slot}/chunks/{chunk}', { params: { path: { slot: route.slot, chunk: route.chunk } }, signal }), `Chunk ${route.slot}/${route.chunk}`);
      case 'block': return chunkPage(context, (signal) => api.GET('/api/v1/blocks/{block}', { params: { path: { block: route.block } }, signal }), `Block ${route.block.slice(0, 12)}`);
      case 'transaction': return transactionPage(context, route.hash);
      case 'checkpoints': return checkpointsPage(context);
      case 'checkpoint': return checkpointPage(context, route.checkpoint);
      case 'committee': return committeePage(context);
      case 'address': return addressPage(context, route.address);
      case 'incidents': return incidentsPage(context);
      case 'publishers': return publishersPage(context);
      case 'health': return healthPage(context);
      case 'search': return searchPage(context, route.query, (path, replace) => this.#go(path, replace));
      case 'missing': return missingPage(route.path);
    }
  }

  #measure(): void {
    const main = document.querySelector('main');
    if (main === null) {
      return;
    }
    const style = getComputedStyle(main);
    const width = Math.floor(main.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
    if (width !== this.#width) {
      this.#width = width;
      this.refresh();
    }
  }

  #draw(): void {
    this.#scheduled = false;
    this.#drawn = performance.now();
    const path = location.pathname;
    const model = this.#model;
    const alarms = model === null ? 0 : model.health.checks.filter((check) => check.status !== 'ok').length;
    render(html`<a class="skip" href="#main">Skip to content</a>
      <header class="top"><a class="brand" href="/"><svg viewBox="0 0 32 32" aria-hidden="true"><g><rect x="4" y="19" width="5" height="8" rx="1" opacity=".4"></rect><rect x="11" y="14" width="5" height="13" rx="1" opacity=".6"></rect><rect x="18" y="9" width="5" height="18" rx="1" opacity=".8"></rect><rect x="25" y="5" width="4" height="22" rx="1"></rect></g></svg><span>Preconf Cloud</span></a>
        <span class="network">${model === null ? '' : html`${model.network.name} <span class="num">${model.network.chainId}</span>`}</span>
        <form class="search" role="search" @submit=${(event: SubmitEvent) => this.#search(event)}><label class="sr" for="q">Search by hash, height, slot or address</label><input id="q" name="q" type="search" placeholder="Hash, block, slot or address" autocomplete="off" spellcheck="false" aria-keyshortcuts="/" /><kbd aria-hidden="true">/</kbd></form>
        ${this.#signal()}
        <button class="icon-button" type="button" aria-label=${`Theme: ${theme()}. Change it.`} title=${`Theme: ${theme()}`} @click=${() => this.#theme()}><span class=${`theme-mark theme-${theme()}`} aria-hidden="true"></span></button>
        <button class="icon-button menu-button" type="button" aria-label="Menu" aria-expanded=${String(this.#menu)} aria-controls="nav" @click=${() => { this.#menu = !this.#menu; this.refresh(); }}><span class="menu-mark" aria-hidden="true"></span></button></header>
      <nav id="nav" class=${`side ${this.#menu ? 'open' : ''}`} aria-label="Main"><ul>${navigation.map(([href, name]) => {
        const isCurrent = href === '/' ? path === '/' : path.startsWith(href);
        const mark = href === '/health' && alarms > 0 ? html`<span class="dot warn" title=${`${alarms} checks failed`}></span>` : nothing;
        return html`<li><a href=${href} aria-current=${isCurrent ? 'page' : nothing}>${name}${mark}</a></li>`;
      })}</ul></nav>
      <main id="main" tabindex="-1">${this.#banner()}${model === null ? html`<p class="empty" aria-busy="true">${this.#failure === null ? 'Reading the state of the rollup…' : 'Nothing to show yet.'}</p>` : this.#page?.view() ?? nothing}</main>`, this.root);
    this.#measure();
    this.#moveNow();
  }

  /** Whether what is shown is of now. */
  #signal() {
    const silence = this.#stream?.silence ?? 0;
    const state = this.#failure !== null && this.#model === null ? 'lost' : this.#streamState;
    const text = state === 'live' ? (silence > 2500 ? `${duration(Math.floor(silence / 1000) * 1000)} old` : 'Live') : state === 'silent' ? `Silent for ${duration(Math.floor(silence / 1000) * 1000)}` : state === 'connecting' ? 'Connecting' : 'Reconnecting';
    return html`<span class=${`signal signal-${state}`} role="status"><i aria-hidden="true"></i><span>${text}</span></span>`;
  }

  #banner() {
    const { model } = this;
    if (this.#failure !== null && this.#streamState !== 'live') {
      return html`<div class="notice bad" role="alert"><strong>${this.#failure}</strong> Trying again every few seconds${model === null ? '' : '; what is below is old'}.</div>`;
    }
    return this.#streamState === 'silent' || (this.#streamState === 'lost' && model !== null) ? html`<div class="notice warn" role="alert">The event stream is ${this.#streamState === 'silent' ? 'silent' : 'interrupted'}. What is below is as of position <span class="num">${model?.position ?? '–'}</span>; nothing will be missed once it is back.</div>` : nothing;
  }

  get model(): Model | null {
    return this.#model;
  }

  #search(event: SubmitEvent): void {
    event.preventDefault();
    const input = (event.target as HTMLFormElement).elements.namedItem('q') as HTMLInputElement;
    const query = input.value.trim();
    if (query !== '') {
      input.value = '';
      input.blur();
      this.#go(`/search?q=${encodeURIComponent(query)}`);
    }
  }

  #theme(): void {
    const next = { system: 'light', light: 'dark', dark: 'system' }[theme()];
    try {
      if (next === 'system') {
        localStorage.removeItem('theme');
      } else {
        localStorage.setItem('theme', next);
      }
    } catch {
      // Without storage the choice holds for this visit.
    }
    if (next === 'system') {
      delete document.documentElement.dataset['theme'];
    } else {
      document.documentElement.dataset['theme'] = next;
    }
    this.refresh();
  }

  #click(event: MouseEvent): void {
    const target = event.target as Element;
    const copy = target.closest<HTMLElement>('[data-copy]');
    if (copy !== null) {
      event.preventDefault();
      void navigator.clipboard?.writeText(copy.dataset['copy'] ?? '').then(() => {
        copy.classList.add('copied');
        setTimeout(() => copy.classList.remove('copied'), 1200);
      });
      return;
    }
    const link = target.closest<HTMLAnchorElement | SVGAElement>('a[href]');
    if (link === null || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.hasAttribute('download')) {
      return;
    }
    const href = link.getAttribute('href') ?? '';
    if (href.startsWith('/') && !href.startsWith('//') && !href.startsWith('/api/')) {
      event.preventDefault();
      this.#go(href);
    }
  }

  #key(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLElement && ['INPUT', 'SELECT', 'TEXTAREA'].includes(event.target.tagName);
    if (event.key === '/' && !typing && !event.metaKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      document.querySelector<HTMLInputElement>('#q')?.focus();
    } else if (event.key === 'Escape') {
      (document.activeElement as HTMLElement | null)?.blur();
      if (this.#menu) {
        this.#menu = false;
        this.refresh();
      }
    }
  }

  #tick = (): void => {
    this.#moveNow();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      setTimeout(() => requestAnimationFrame(this.#tick), 1000);
    } else {
      requestAnimationFrame(this.#tick);
    }
  };

  /** The line of now moves between two drawings. */
  #moveNow(): void {
    for (const picture of this.root.querySelectorAll<SVGSVGElement>('svg.timeline[data-live="true"]')) {
      const [from, to] = [Number(picture.dataset['from']), Number(picture.dataset['to'])];
      const x = ((this.#now() - from) / (to - from)) * picture.clientWidth;
      picture.querySelector('.now')?.setAttribute('transform', `translate(${Math.min(Math.max(x, 0), picture.clientWidth)},0)`);
    }
  }
}

function theme(): 'system' | 'light' | 'dark' {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}
