import { html, nothing } from 'lit-html';
import { api, type Call } from '../api/client.js';
import type { ChunkDetail, Slot } from '../api/types.js';
import { bytes, count, dayTime, duration, ether, percent, plural, time, words } from '../format.js';
import { chart } from '../view/chart.js';
import { addressLink, badge, bar, blockLink, checkpointBadge, checkpointLink, chunkLink, facts, hex, panel, resultOf, right, slotLink, table, txLink, type View } from '../view/parts.js';
import { timeline, timelineKey } from '../view/timeline.js';
import { Paged, Resource, type Context, type Page } from './page.js';

export function slotsPage(context: Context): Page {
  const slots = new Paged((query, signal) => api.GET('/api/v1/slots', { params: { query }, signal }), context.refresh, 64);
  return {
    title: 'Slots',
    event: (event) => event.event === 'slot' && slots.stale(1500),
    dispose: () => slots.dispose(),
    view: () => {
      const items = slots.items ?? context.model.slots;
      const charted = items.slice(0, 64).reverse();
      return html`<h1>Slots</h1>
        ${panel('Load', chart({
          label: `Transactions in each of ${charted.length} slots`, xs: charted.map((slot) => slot.slot), height: 150, xFormat: String, xLabel: 'Slot',
          series: [{ label: 'Transactions', values: charted.map((slot) => slot.transactions), colour: '--rung-proposed', kind: 'bars', format: (value) => count(Math.round(value)) }],
        }))}
        ${panel('All slots', html`${table('Slots', ['Slot', 'Frame', 'Proposer', 'State', right('Certified'), right('Transactions'), right('Gas'), right('Preconfirm'), right('Quorum'), right('Checkpoint')], items.map((slot) => html`<tr class=${slot.reorged ? 'is-lost' : ''}>
          <th scope="row">${slotLink(slot.slot)}</th><td class="num">${dayTime(slot.frameStart)}</td><td>${addressLink(slot.proposer)}</td><td>${resultOf(slot.result, slot.phase)}</td><td class="right num">${slot.certified}/${slot.chunks}</td>
          <td class="right num">${count(slot.transactions)}</td><td class="right num">${count(slot.gasUsed)}</td><td class="right num">${duration(slot.preconfirmedMs)}</td><td class="right num">${duration(slot.attestedMs)}</td><td class="right">${checkpointLink(slot.checkpoint)}</td></tr>`))}${slots.more()}`)}`;
    },
  };
}

const deadlineRows = [
  ['start', 'Proposer enters', 'A proposer that comes later abandons the slot.'], ['lastChunk', 'Last chunk', 'Building a chunk ends here at the latest.'], ['checkpointSend', 'Checkpoint sent', 'The plan of the proposer.'],
  ['plannedL1Send', 'Sent to L1', 'If everything takes as long as planned.'], ['receive', 'Receive by', 'Proposals that come later are refused.'], ['synced', 'Known by', 'Who does not know the checkpoint gives up the chunks.'], ['attest', 'Attest by', 'Last instant to attest.'],
  ['publishBy', 'Post by', 'Later it cannot land any more.'],
] as const;

export function slotPage(context: Context, number: number): Page {
  const resource = new Resource((signal) => api.GET('/api/v1/slots/{slot}', { params: { path: { slot: number } }, signal }), context.refresh);
  return {
    title: `Slot ${number}`,
    event: (event) => {
      if ('slot' in event.data && event.data.slot === number && event.event !== 'heartbeat' && event.event !== 'flashblock') {
        resource.stale();
      }
    },
    dispose: () => resource.dispose(),
    view: () => resource.show('slot', (read) => slotView(context, context.model.details.find((slot) => slot.slot === number && slot.items.length >= read.items.length) ?? read)),
  };
}

function slotView(context: Context, slot: Slot): View {
  const { timing } = context.model.network;
  const from = Date.parse(slot.frameStart) - timing.slotMs * 0.03;
  const landed = slot.checkpointDetail?.landedAt;
  const to = Math.max(Date.parse(slot.frameEnd), Date.parse(slot.deadlines.publishBy), landed == null ? 0 : Date.parse(landed)) + timing.slotMs * 0.1;
  const checkpoint = slot.checkpointDetail;
  return html`<div class="title"><h1>Slot ${count(slot.slot)}</h1>${resultOf(slot.result, slot.phase)}<nav aria-label="Neighbours">${slot.slot > 0 ? slotLink(slot.slot - 1, `← ${slot.slot - 1}`) : nothing} ${slotLink(slot.slot + 1, `${slot.slot + 1} →`)}</nav></div>
    <section class="live" aria-label="Timeline">${timeline({ slots: [slot], from, to, width: context.width(), now: context.now(), chunkMs: timing.chunkMs, live: slot.phase !== 'done' })}${timelineKey()}</section>
    ${facts(['Epoch', count(slot.epoch)], ['Proposer', addressLink(slot.proposer)], ['Transactions', count(slot.transactions)], ['Gas', count(slot.gasUsed)], ['Preconfirmation', duration(slot.preconfirmedMs)], ['Seal to quorum', duration(slot.attestedMs)], ['Checkpoint', checkpointLink(slot.checkpoint)])}
    ${panel('Chunks', table('Chunks of the slot', ['Chunk', 'State', right('Block'), right('Transactions'), right('Gas'), right('Flashblocks'), right('Sealed'), right('Executed'), right('Certified'), right('Signatures')], slot.items.map((chunk) => html`<tr class=${chunk.state === 'pruned' || chunk.state === 'abandoned' ? 'is-lost' : ''}>
      <th scope="row">${chunkLink(chunk.slot, chunk.index)}</th><td>${badge(chunk.state === 'building' ? 'preconfirmed' : chunk.state === 'pruned' || chunk.state === 'abandoned' ? 'broken' : chunk.state, words(chunk.state))}</td><td class="right">${blockLink(chunk.block.number)}</td><td class="right num">${count(chunk.transactions)}</td>
      <td class="right">${bar(chunk.gasUsed / chunk.gasLimit, `${percent(chunk.gasUsed / chunk.gasLimit)} of the gas limit`)} <span class="num">${percent(chunk.gasUsed / chunk.gasLimit)}</span></td><td class="right num">${chunk.flashblocks.length}</td>
      <td class="right num">${time(chunk.sealedAt, true)}</td><td class="right num">${since(chunk.sealedAt, chunk.executedAt)}</td><td class="right num">${since(chunk.sealedAt, chunk.certifiedAt)}</td><td class="right num">${chunk.attestations === 0 ? '–' : `${chunk.attestations} / ${chunk.quorum}`}</td></tr>`), 'No chunk came.'))}
    <div class="grid-2">
      ${panel('Deadlines', html`<table><thead><tr><th scope="col">What</th><th scope="col" class="right">Time</th><th scope="col" class="right">From frame</th></tr></thead><tbody>${[...deadlineRows].sort((left, right) => slot.deadlines[left[0]].localeCompare(slot.deadlines[right[0]])).map(([key, name, note]) => html`<tr><th scope="row">${name}<span class="note">${note}</span></th><td class="right num">${time(slot.deadlines[key])}</td><td class="right num">${duration(Date.parse(slot.deadlines[key]) - Date.parse(slot.frameStart))}</td></tr>`)}</tbody></table>`)}
      ${panel('Checkpoint', checkpoint === null ? html`<p class="empty">No checkpoint was proposed${slot.phase === 'building' ? ' yet' : ''}.</p>` : html`${facts(['Number', checkpointLink(checkpoint)], ['State', checkpointBadge(checkpoint.state)], ['Chunks', count(checkpoint.chunks)], ['Signatures', `${checkpoint.attestations} / ${checkpoint.quorum}`], ['Proposed', time(checkpoint.proposedAt, true)], ['Attested', time(checkpoint.attestedAt, true)], ['Landed', time(checkpoint.landedAt, true)], ['L1 block', count(checkpoint.l1Block?.number)], ['Attempts', count(checkpoint.attempts.length)], ['Cost', ether(checkpoint.cost?.wei)])}`)}
    </div>`;
}

function since(from: string | null, to: string | null): string {
  return from === null || to === null ? '–' : `+${duration(Date.parse(to) - Date.parse(from))}`;
}

export function chunkPage(context: Context, call: Call<ChunkDetail>, title: string): Page {
  const resource = new Resource(call, context.refresh);
  return {
    title,
    event: (event) => {
      if (event.event === 'chunk' && resource.value !== null && event.data.slot === resource.value.slot && event.data.index === resource.value.index) {
        resource.stale();
      }
    },
    dispose: () => resource.dispose(),
    view: () => resource.show('chunk', (chunk) => chunkView(chunk)),
  };
}

function chunkView(chunk: ChunkDetail): View {
  const flashblocks = chunk.flashblocks.map((flashblock, index) => html`<tr><th scope="row" class="num">${flashblock.index}${flashblock.isLast ? html` <span class="quiet">last</span>` : nothing}</th><td class="num">${time(flashblock.emittedAt, true)}</td><td class="right num">${index === 0 ? '–' : `+${duration(Date.parse(flashblock.emittedAt) - Date.parse(chunk.flashblocks[index - 1]!.emittedAt))}`}</td><td class="right num">${count(flashblock.transactions)}</td><td class="right num">${count(flashblock.totalTransactions)}</td><td class="right num">${count(flashblock.gasUsed)}</td><td>${hex(flashblock.hash)}</td></tr>`);
  const attendance = chunk.members.filter((member) => member.attendance !== 'sent');
  const delays = chunk.members.filter((member) => member.afterSealMs !== null).map((member) => member.afterSealMs!).sort((left, right) => left - right);
  const lost = chunk.state === 'pruned' || chunk.state === 'abandoned';
  return html`<div class="title"><h1>Chunk ${chunk.slot}/${chunk.index}</h1>${badge(lost ? 'broken' : chunk.state === 'building' ? 'preconfirmed' : chunk.state, words(chunk.state))}<nav aria-label="Neighbours">${slotLink(chunk.slot, `Slot ${chunk.slot}`)}</nav></div>
    ${facts(['Block', html`<span class="num">${count(chunk.block.number)}</span> ${hex(chunk.block.hash)}`], ['Chunk hash', hex(chunk.hash)], ['Parent', hex(chunk.parentHash)], ['State root', hex(chunk.stateRoot)], ['Producer', addressLink(chunk.producer)], ['Transactions', count(chunk.transactions)], ['Gas', `${count(chunk.gasUsed)} of ${count(chunk.gasLimit)}`], ['Data', bytes(chunk.size)], ['Base fee', ether(chunk.baseFee)], ['Sealed', time(chunk.sealedAt, true)], ['Certified', since(chunk.sealedAt, chunk.certifiedAt)], ['Signatures', `${chunk.attestations}, quorum ${chunk.quorum}`], ['Checkpoint', checkpointLink(chunk.checkpoint)])}
    <div class="grid-2">
      ${panel('Flashblocks', table('Flashblocks', ['Index', 'Closed', right('After'), right('Added'), right('So far'), right('Gas so far'), 'Signed hash'], flashblocks, 'No flashblock of it was seen here: it came sealed.'))}
      ${panel('Attestations', html`${facts(['In time', count(chunk.members.filter((member) => member.attendance === 'sent').length)], ['Median after seal', delays.length === 0 ? null : duration(delays[Math.floor(delays.length / 2)])], ['Slowest', delays.length === 0 ? null : duration(delays.at(-1))])}${table('Members that did not attest in time', ['Member', 'Attendance', right('After seal')], attendance.map((member) => html`<tr><th scope="row">${addressLink(member.member)}</th><td><span class=${`tone-${member.attendance === 'late' ? 'warn' : 'bad'}`}>${words(member.attendance)}</span></td><td class="right num">${duration(member.afterSealMs)}</td></tr>`), chunk.members.length === 0 ? 'Nothing is known of its attestations.' : 'Every member attested in time.')}`)}
    </div>
    ${panel('Transactions', chunk.transactionHashes.length === 0 ? html`<p class="empty">It holds none.</p>` : html`<p class="quiet">${plural(chunk.transactionHashes.length, 'transaction')} in order</p><ol class="hashes" start="0">${chunk.transactionHashes.map((hash) => html`<li>${txLink(hash)}</li>`)}</ol>`)}`;
}
