import { html, nothing } from 'lit-html';
import { api } from '../api/client.js';
import type { Checkpoint, Publisher } from '../api/types.js';
import { bytes, compact, count, dayTime, duration, ether, percent, plural, time, words } from '../format.js';
import { chart } from '../view/chart.js';
import { addressLink, bar, blockLink, checkpointBadge, checkpointLink, facts, hex, l1Hash, panel, right, slotLink, table, type View } from '../view/parts.js';
import { Paged, Resource, type Context, type Page } from './page.js';

const fillOf = (checkpoint: Checkpoint): number | null => {
  const capacity = checkpoint.blobs.reduce((sum, blob) => sum + blob.capacity, 0);
  return capacity === 0 ? null : checkpoint.blobs.reduce((sum, blob) => sum + blob.used, 0) / capacity;
};
const gasPerTransaction = (checkpoint: Checkpoint): number | null => (checkpoint.cost === null || checkpoint.transactions === 0 ? null : checkpoint.cost.gas / checkpoint.transactions);

export function checkpointsPage(context: Context): Page {
  const checkpoints = new Paged((query, signal) => api.GET('/api/v1/checkpoints', { params: { query }, signal }), context.refresh, 64);
  return {
    title: 'Checkpoints',
    event: (event) => event.event === 'checkpoint' && checkpoints.stale(),
    dispose: () => checkpoints.dispose(),
    view: () => {
      const items = checkpoints.items ?? context.model.checkpoints;
      const landed = items.filter((checkpoint) => checkpoint.cost !== null).slice(0, 64).reverse();
      const xs = landed.map((checkpoint) => checkpoint.slot);
      return html`<h1>Checkpoints</h1>
        <div class="grid-3">
          ${panel('L1 gas per transaction', chart({ label: 'L1 execution gas per transaction by slot', xs, height: 140, xFormat: String, xLabel: 'Slot', series: [{ label: 'Gas per transaction', values: landed.map(gasPerTransaction), colour: '--rung-checkpointed', kind: 'line', format: compact }] }))}
          ${panel('Cost', chart({ label: 'Cost of each checkpoint in milliether by slot', xs, height: 140, xFormat: String, xLabel: 'Slot', series: [{ label: 'Cost, mETH', values: landed.map((checkpoint) => Number(checkpoint.cost!.wei) / 1e15), colour: '--rung-attested', kind: 'bars', format: compact }] }))}
          ${panel('Blob fill', chart({ label: 'Share of the blobs that holds data, by slot', xs, height: 140, xFormat: String, xLabel: 'Slot', most: 1, series: [{ label: 'Fill', values: landed.map(fillOf), colour: '--rung-proposed', kind: 'area', format: (value) => percent(value, 0) }] }))}
        </div>
        ${panel('All checkpoints', html`${table('Checkpoints', ['Checkpoint', right('Slot'), 'State', right('Blocks'), right('Transactions'), right('Signatures'), right('Attempts'), right('Blobs'), 'Fill', right('Gas/tx'), right('Cost'), right('Posted in'), right('Depth')], items.map((checkpoint) => html`<tr class=${['expired', 'reverted', 'invalidated', 'skipped'].includes(checkpoint.state) ? 'is-lost' : ''}>
          <th scope="row">${checkpointLink(checkpoint)}</th><td class="right">${slotLink(checkpoint.slot)}</td><td>${checkpointBadge(checkpoint.state)}</td><td class="right num">${count(checkpoint.firstBlock)}–${count(checkpoint.lastBlock.number)}</td><td class="right num">${count(checkpoint.transactions)}</td><td class="right num">${checkpoint.attestations}</td>
          <td class="right">${attemptGlyphs(checkpoint)}</td><td class="right num">${checkpoint.blobs.length}</td><td>${fillOf(checkpoint) === null ? '–' : html`${bar(fillOf(checkpoint)!, `${percent(fillOf(checkpoint))} full`)} <span class="num">${percent(fillOf(checkpoint), 0)}</span>`}</td><td class="right num">${compact(gasPerTransaction(checkpoint))}</td><td class="right num">${ether(checkpoint.cost?.wei)}</td>
          <td class="right num">${checkpoint.landedAt === null || checkpoint.attestedAt === null ? '–' : duration(Date.parse(checkpoint.landedAt) - Date.parse(checkpoint.attestedAt))}</td><td class="right num">${count(checkpoint.depth)}</td></tr>`))}${checkpoints.more()}`)}`;
    },
  };
}

function attemptGlyphs(checkpoint: Checkpoint): View {
  return checkpoint.attempts.length === 0
    ? html`<span class="quiet">–</span>`
    : html`<span class="glyphs" role="img" aria-label=${checkpoint.attempts.map((attempt) => attempt.state).join(', ')}>${checkpoint.attempts.map((attempt) => html`<i class=${`attempt-${attempt.state}`} title=${attempt.state}></i>`)}</span>`;
}

export function checkpointPage(context: Context, key: string): Page {
  const resource = new Resource((signal) => api.GET('/api/v1/checkpoints/{checkpoint}', { params: { path: { checkpoint: key } }, signal }), context.refresh);
  return {
    title: `Checkpoint ${key.length > 20 ? key.slice(0, 10) : key}`,
    event: (event) => {
      if (event.event === 'checkpoint' && event.data.hash === resource.value?.hash) {
        resource.stale(100);
      }
    },
    dispose: () => resource.dispose(),
    view: () => resource.show('checkpoint', (checkpoint) => checkpointView(context, checkpoint)),
  };
}

function checkpointView({ model }: Context, checkpoint: Checkpoint): View {
  const { links } = model.network;
  const most = Math.max(1, ...checkpoint.attempts.map((attempt) => Number(attempt.feeCap)));
  return html`<div class="title"><h1>Checkpoint ${checkpoint.number === null ? `of slot ${count(checkpoint.slot)}` : `#${count(checkpoint.number)}`}</h1>${checkpointBadge(checkpoint.state)}<nav aria-label="Neighbours">${checkpoint.number === null ? nothing : html`${checkpoint.number > 1 ? html`<a href=${`/checkpoints/${checkpoint.number - 1}`}>← #${checkpoint.number - 1}</a>` : nothing} <a href=${`/checkpoints/${checkpoint.number + 1}`}>#${checkpoint.number + 1} →</a>`}</nav></div>
    ${checkpoint.skipped === null ? nothing : html`<div class="notice bad">It is on L1 and no part of the chain: ${words(checkpoint.skipped).toLowerCase()}.</div>`}
    ${facts(['Slot', slotLink(checkpoint.slot)], ['Header hash', hex(checkpoint.hash)], ['Proposer', addressLink(checkpoint.proposer)], ['Blocks', html`${blockLink(checkpoint.firstBlock)} – ${blockLink(checkpoint.lastBlock.number)}`], ['Chunks', count(checkpoint.chunks)], ['Transactions', count(checkpoint.transactions)], ['L2 gas', count(checkpoint.gasUsed)], ['State root', hex(checkpoint.stateRoot)], ['Signatures', `${checkpoint.attestations}, quorum ${checkpoint.quorum}`],
      ['Proposed', time(checkpoint.proposedAt, true)], ['Attested', time(checkpoint.attestedAt, true)], ['Landed', dayTime(checkpoint.landedAt)], ['L1 block', checkpoint.l1Block === null ? null : html`<span class="num">${count(checkpoint.l1Block.number)}</span> ${hex(checkpoint.l1Block.hash)}`], ['L1 transaction', l1Hash(checkpoint.l1Transaction, links.l1Transaction)], ['Depth', count(checkpoint.depth)], ['Proven', dayTime(checkpoint.provenAt)], ['Refused from', dayTime(checkpoint.expires)])}
    <div class="grid-2">
      ${panel('Attempts', table('Attempts to post it', ['Transaction', right('Nonce'), 'State', right('Decided at'), right('Tip'), 'Fee cap', right('Blob fee cap')], checkpoint.attempts.map((attempt) => html`<tr><th scope="row">${l1Hash(attempt.hash, links.l1Transaction)}${attempt.isCancel ? html` <span class="quiet">cancels</span>` : nothing}</th><td class="right num">${count(attempt.nonce)}</td><td><span class=${`tone-${attempt.state === 'mined' ? 'good' : attempt.state === 'reverted' ? 'bad' : attempt.state === 'underpriced' ? 'warn' : 'quiet'}`}>${words(attempt.state)}</span></td><td class="right num">${count(attempt.decidedAtBlock)}</td><td class="right num">${ether(attempt.tip)}</td><td>${bar(Number(attempt.feeCap) / most, ether(attempt.feeCap))} <span class="num">${ether(attempt.feeCap)}</span></td><td class="right num">${ether(attempt.blobFeeCap)}</td></tr>`), 'It was not sent from here.'))}
      ${panel('Blobs', html`${table('Blobs', ['Versioned hash', right('Data'), 'Fill'], checkpoint.blobs.map((blob) => html`<tr><th scope="row">${hex(blob.versionedHash)}</th><td class="right num">${bytes(blob.used)}</td><td>${bar(blob.used / blob.capacity, percent(blob.used / blob.capacity))} <span class="num">${percent(blob.used / blob.capacity)}</span></td></tr>`), 'No blob yet.')}
        ${checkpoint.cost === null ? nothing : facts(['Gas', count(checkpoint.cost.gas)], ['Blob gas', count(checkpoint.cost.blobGas)], ['Cost of blobs', ether(checkpoint.cost.blobWei)], ['Cost in all', ether(checkpoint.cost.wei)], ['Gas per transaction', compact(gasPerTransaction(checkpoint))], ['Cost per transaction', checkpoint.transactions === 0 ? null : ether(String(BigInt(checkpoint.cost.wei) / BigInt(checkpoint.transactions)))])}`)}
    </div>`;
}

export function publishersPage(context: Context): Page {
  return {
    title: 'Publishers',
    view: () => html`<h1>Publishers</h1><p class="lead">A lane is one key that posts checkpoints. Its runway is how long the balance lasts at the average cost of a checkpoint, one in each slot.</p>
      ${context.model.publishers.length === 0 ? html`<p class="empty">No lane posts from here.</p>` : context.model.publishers.map((lane) => laneView(context, lane))}`,
  };
}

const day = 86_400_000;

function laneView({ model }: Context, lane: Publisher): View {
  const weeks = lane.runwayMs === null ? null : Math.min(1, lane.runwayMs / (14 * day));
  const tone = lane.runwayMs === null ? 'fill' : lane.runwayMs < day / 4 ? 'bad' : lane.runwayMs < 2 * day ? 'warn' : 'fill';
  return panel(`Lane ${lane.address.slice(0, 10)}`, html`
    ${lane.alarms.map((alarm) => html`<div class="notice bad" role="alert"><strong>${words(alarm.code)}.</strong> ${alarm.message}</div>`)}
    <div class="runway"><div><span class="figure-value num">${duration(lane.runwayMs)}</span><span class="figure-note">${lane.runwayCheckpoints === null ? 'no cost is known yet' : plural(Math.floor(lane.runwayCheckpoints), 'checkpoint')}</span></div>
      <div class="runway-scale">${bar(weeks ?? 0, `Runway ${duration(lane.runwayMs)}`, tone)}<span class="ends"><span>0</span><span>6 h</span><span>14 days</span></span></div></div>
    ${facts(['Address', addressLink(lane.address)], ['Balance', ether(lane.balance)], ['Per checkpoint', ether(lane.averageCost)], ['Nonce', count(lane.nonce)], ['In flight', `${lane.inFlight.length} of ${lane.maxInFlight}`], lane.market === null ? null : ['L1 base fee', ether(lane.market.baseFee)], lane.market === null ? null : ['Blob base fee', ether(lane.market.blobBaseFee)], lane.market === null ? null : ['Tip', ether(lane.market.tip)])}
    ${table('In flight', ['Slot', 'Checkpoint', right('Nonce'), right('Attempts'), right('Deadline')], lane.inFlight.map((item) => html`<tr><th scope="row">${slotLink(item.slot)}</th><td>${checkpointLink({ number: null, hash: item.checkpoint })}</td><td class="right num">${count(item.nonce)}</td><td class="right num">${item.attempts}</td><td class="right num">${time(item.deadline)}</td></tr>`), 'Nothing waits for L1.')}`,
  { id: `lane-${lane.address}`, aside: html`<span class="quiet">${model.network.rollup === '' ? '' : html`for ${hex(model.network.rollup)}`}</span>` });
}
