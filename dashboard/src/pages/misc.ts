import { html, nothing } from 'lit-html';
import { api, ApiError, read } from '../api/client.js';
import type { BrokenPromise, SearchMatch, Validator } from '../api/types.js';
import { ago, bytes, compact, count, dayTime, duration, ether, percent, plural, words } from '../format.js';
import { pathOf } from '../router.js';
import { addressLink, badge, blockLink, facts, hex, panel, reasonText, resultOf, right, slotLink, table, txLink, type View } from '../view/parts.js';
import { Paged, Resource, type Context, type Page } from './page.js';

export function incidentsPage(context: Context): Page {
  const reorgs = new Paged((query, signal) => api.GET('/api/v1/reorgs', { params: { query }, signal }), context.refresh);
  const broken = new Paged((query, signal) => api.GET('/api/v1/broken-promises', { params: { query }, signal }), context.refresh);
  const evidence = new Paged((query, signal) => api.GET('/api/v1/evidence', { params: { query }, signal }), context.refresh);
  const shown = <T>(list: Paged<T>, what: string, view: (items: T[]) => View): View =>
    list.items !== null ? html`${view(list.items)}${list.more()}` : html`<p class="empty">${list.error ?? `Reading ${what}…`}</p>`;
  return {
    title: 'Incidents',
    event: (event) => {
      if (event.event === 'reorg') {
        reorgs.stale();
      } else if (event.event === 'broken') {
        broken.stale();
      } else if (event.event === 'evidence') {
        evidence.stale();
      }
    },
    dispose: () => [reorgs, broken, evidence].forEach((list) => list.dispose()),
    view: () => {
      const { given, broken: lost } = context.model.promises;
      return html`<h1>Incidents</h1><p class="lead">What was promised and did not hold, with the reason and what shows it. ${lost === 0 ? 'No promise was broken.' : html`${count(lost)} of ${count(given)} preconfirmed transactions lost a promise; ${percent(1 - lost / given, 3)} were kept.`}</p>
        ${panel('Reorgs', shown(reorgs, 'reorgs', (items) => table('Reorgs', ['When', 'Kind', right('Slot'), right('Chunks'), right('Blocks'), right('Transactions'), 'Reason'], items.map((reorg) => html`<tr><th scope="row" class="num">${dayTime(reorg.at)}<span class="note">${ago(context.now() - Date.parse(reorg.at))}</span></th><td>${badge('broken', reorg.kind === 'pruned' ? 'Left the chain' : `No longer ${reorg.lost}`)}</td><td class="right">${slotLink(reorg.slot)}</td><td class="right num">${reorg.chunks.length}</td><td class="right">${reorg.chunks[0] === undefined ? '–' : html`${blockLink(reorg.chunks[0].block.number)}–${blockLink(reorg.chunks.at(-1)!.block.number)}`}</td><td class="right num">${count(reorg.transactions)}</td><td class="wrap">${reasonText(reorg.reason)}</td></tr>`), 'No chunk ever left the chain.')))}
        ${panel('Broken promises', shown(broken, 'broken promises', (items) => (items.length === 0 ? html`<p class="empty">Every promise was kept.</p>` : html`<ul class="incident-list">${groups(items).map(brokenGroup)}</ul>`)))}
        ${panel('Evidence', shown(evidence, 'evidence', (items) => table('Evidence', ['When', 'Offence', 'Offender', right('Slot'), right('Chunk'), 'Evidence'], items.map((item) => html`<tr><th scope="row" class="num">${dayTime(item.at)}</th><td>${words(item.offence)}</td><td>${addressLink(item.offender)}</td><td class="right">${slotLink(item.slot)}</td><td class="right num">${count(item.chunk)}</td><td>${hex(item.encoded)}</td></tr>`), 'No fault was proven.')))}`;
    },
  };
}

/** One cause breaks many promises at once: neighbours with the same reason are told together. */
function groups(items: readonly BrokenPromise[]): BrokenPromise[][] {
  const result: BrokenPromise[][] = [];
  for (const item of items) {
    const group = result.at(-1);
    const first = group?.[0];
    if (group !== undefined && first !== undefined && first.reason.message === item.reason.message && first.lost === item.lost && first.now === item.now) {
      group.push(item);
    } else {
      result.push([item]);
    }
  }
  return result;
}

function brokenGroup(group: BrokenPromise[]): View {
  const first = group[0]!;
  return html`<li><p><span class="num">${dayTime(first.at)}</span> <strong>${plural(group.length, 'transaction')}</strong> from ${badge(first.lost)} back to ${badge(first.now)}</p><p class="quiet">${reasonText(first.reason)}</p>
    ${group.length <= 3 ? html`<p>${group.map((promise) => html`${txLink(promise.transaction)} `)}</p>` : html`<details><summary>Show them</summary><ol class="hashes">${group.map((promise) => html`<li>${txLink(promise.transaction)}</li>`)}</ol></details>`}</li>`;
}

export function healthPage(context: Context): Page {
  return {
    title: 'Health',
    view: () => {
      const { health, network } = context.model;
      return html`<div class="title"><h1>Health</h1><span class=${`tone-${health.status === 'ok' ? 'good' : health.status === 'degraded' ? 'warn' : 'bad'}`}>${words(health.status)}</span></div>
        ${panel('Checks', table('Checks', ['Check', 'State', right('Value'), 'Reason', right('Since')], health.checks.map((check) => html`<tr><th scope="row">${check.name}</th><td><span class=${`tone-${check.status === 'ok' ? 'good' : check.status === 'degraded' ? 'warn' : 'bad'}`}>${words(check.status)}</span></td><td class="right num">${check.value === null ? '–' : check.unit === 'ms' ? duration(check.value) : check.unit === 'bytes' ? bytes(check.value) : `${compact(check.value)} ${check.unit ?? ''}`}</td><td class="wrap">${check.reason ?? ''}</td><td class="right num">${dayTime(check.since)}</td></tr>`)))}
        <div class="grid-2">${panel('Process', facts(['Version', health.version], ['Started', dayTime(health.startedAt)], ['Memory', bytes(health.process.memoryBytes)], ['Processor', health.process.cpuPercent === null ? null : `${compact(health.process.cpuPercent)} %`], ['Open streams', count(health.process.subscribers)]))}
        ${panel('Network', facts(['Name', network.name], ['Chain id', String(network.chainId)], ['Rollup', hex(network.rollup)], ['L1 chain id', String(network.l1ChainId)], ['Profile', words(network.timing.profile)], ['Slot', duration(network.timing.slotMs)], ['Chunk', duration(network.timing.chunkMs)], ['Flashblock', duration(network.flashblockIntervalMs)], ['Committee', `${network.committeeSize}, quorum ${network.quorum}`], ['RPC', network.links.rpc], ['Flashblocks', network.links.flashblocks]))}</div>`;
    },
  };
}

export function addressPage(context: Context, address: string): Page {
  const info = new Resource((signal) => api.GET('/api/v1/addresses/{address}', { params: { path: { address } }, signal }), context.refresh);
  const validator = new Resource((signal) => api.GET('/api/v1/validators/{address}', { params: { path: { address } }, signal }), context.refresh);
  return {
    title: `Address ${address.slice(0, 10)}`,
    event: (event) => event.event === 'slot' && (info.stale(2000), validator.value !== null && validator.stale(2000)),
    dispose: () => [info, validator].forEach((resource) => resource.dispose()),
    view: () => html`<div class="title"><h1>${validator.value === null ? (info.value?.isContract === true ? 'Contract' : 'Address') : 'Validator'}</h1>${info.value?.roles.map((role) => badge('attested', words(role))) ?? nothing}</div><p class="full-hash">${hex(address, { full: true })}</p>
      ${info.show('address', (value) => html`${facts(['Balance', ether(value.balance)], ['Nonce', value.nonce === value.pendingNonce ? count(value.nonce) : `${count(value.nonce)}, pending ${count(value.pendingNonce)}`])}`)}
      ${validator.value === null ? nothing : validatorView(validator.value)}
      ${info.value === null ? nothing : panel('Transactions', table('Transactions', ['Transaction', 'State', right('Nonce'), right('When')], info.value.transactions.map((transaction) => html`<tr><th scope="row">${txLink(transaction.hash)}</th><td>${badge(transaction.state)}</td><td class="right num">${count(transaction.nonce)}</td><td class="right num">${dayTime(transaction.at)}</td></tr>`), 'This gateway remembers none from it.'))}`,
  };
}

function validatorView(validator: Validator): View {
  const { record } = validator;
  return html`${panel('Record', facts(['In the committee', validator.inCommittee ? `yes, number ${validator.index ?? '–'}` : 'not in this epoch'], ['Sent', count(record.sent)], ['Late', count(record.late)], ['Missed', count(record.missed)], ['Invalid', count(record.invalid)], ['Proposed', count(record.proposed)], ['Not proposed', count(record.notProposed)], ['Failures', percent(record.failureRatio, 2)]))}
    ${validator.evidence.length === 0 ? nothing : panel('Evidence against it', table('Evidence', ['When', 'Offence', right('Slot'), 'Evidence'], validator.evidence.map((item) => html`<tr><th scope="row" class="num">${dayTime(item.at)}</th><td>${words(item.offence)}</td><td class="right">${slotLink(item.slot)}</td><td>${hex(item.encoded)}</td></tr>`)))}
    ${panel('Duties', table('Duties', ['Slot', 'Attendance', 'Proposer', 'Slot became'], validator.duties.slice(0, 32).map((duty) => html`<tr><th scope="row">${slotLink(duty.slot)}</th><td>${duty.attendance === null ? '–' : html`<span class=${`tone-${duty.attendance === 'sent' ? 'good' : duty.attendance === 'late' ? 'warn' : 'bad'}`}>${words(duty.attendance)}</span>`}</td><td>${duty.isProposer ? 'yes' : ''}</td><td>${resultOf(duty.result, 'open')}</td></tr>`)))}`;
}

export function searchPage(context: Context, query: string, go: (path: string, replace: boolean) => void): Page {
  let matches: SearchMatch[] | null = null;
  let error: string | null = null;
  if (query !== '') {
    read((signal) => api.GET('/api/v1/search', { params: { query: { q: query } }, signal })).then(
      (result) => {
        matches = result.matches;
        const [only] = matches;
        if (matches.length === 1 && only !== undefined) {
          go(pathOf(only.kind, only.key), true);
        } else {
          context.refresh();
        }
      },
      (reason: unknown) => {
        error = reason instanceof ApiError ? reason.message : String(reason);
        context.refresh();
      },
    );
  }
  return {
    title: 'Search',
    view: () => html`<h1>Search</h1>${query === '' ? html`<p class="empty">Give a transaction, block or checkpoint hash, a height, a slot, slot/chunk, or an address.</p>` : error !== null ? html`<p class="empty" role="alert">${error}</p>` : matches === null ? html`<p class="empty" aria-busy="true">Looking for ${query}…</p>` : matches.length === 0 ? html`<div class="refusal" role="alert"><p>Nothing here is called <code>${query}</code>.</p><p>A transaction that was just sent through another gateway may take a moment to come.</p></div>` : html`<p class="lead">${plural(matches.length, 'match').replace('matchs', 'matches')} for <code>${query}</code></p><ul class="matches">${matches.map((match) => html`<li><a href=${pathOf(match.kind, match.key)}><span class="quiet">${words(match.kind)}</span> ${match.label}</a></li>`)}</ul>`}`,
  };
}

export function missingPage(path: string): Page {
  return { title: 'Not found', view: () => html`<div class="refusal"><h1>No such page</h1><p><code>${path}</code> leads nowhere. <a href="/">Go to the live view</a>, or search above.</p></div>` };
}
