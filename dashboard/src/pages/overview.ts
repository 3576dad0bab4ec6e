import { html, nothing } from 'lit-html';
import type { Percentiles, Rung, TipName } from '../api/types.js';
import { ago, compact, count, dayTime, duration, ether, none, percent, plural } from '../format.js';
import { chart } from '../view/chart.js';
import { css } from '../view/directives.js';
import { addressLink, badge, blockLink, checkpointLink, panel, reasonText, resultOf, right, slotLink, table, type View } from '../view/parts.js';
import { timeline, timelineKey } from '../view/timeline.js';
import type { Context, Page } from './page.js';

const tipNames: readonly TipName[] = ['finalized', 'proven', 'checkpointed', 'attested', 'proposed'];
const timed: readonly Exclude<Rung, 'pending'>[] = ['preconfirmed', 'proposed', 'attested', 'checkpointed', 'proven', 'finalized'];

export function overviewPage(context: Context): Page {
  return {
    title: 'Now',
    view: () => html`<h1 class="sr">The rollup now</h1>
      ${live(context)}
      <div class="grid-main">
        <div class="stack">${position(context)}${recentSlots(context)}</div>
        <div class="stack">${figures(context)}${times(context)}${incidents(context)}</div>
      </div>`,
  };
}

function live(context: Context): View {
  const { model } = context;
  const { timing } = model.network;
  const newest = model.details[0];
  if (newest === undefined) {
    return panel('Slots', html`<p class="empty">No slot is being built.</p>`);
  }
  const narrow = context.width() < 640;
  const shown = model.details.slice(0, narrow ? 1 : 2).reverse();
  const first = shown[0] ?? newest;
  const from = Date.parse(first.frameStart) - timing.slotMs * 0.02;
  const to = Date.parse(newest.frameEnd) + timing.slotMs * (narrow ? 0.2 : 0.36);
  const pending = model.tips.pending;
  return html`<section class="live" aria-labelledby="h-live"><header><h2 id="h-live">Slot ${slotLink(newest.slot)}</h2>
      <p>${pending === null ? 'between chunks' : html`chunk <b class="num">${pending.chunk}</b>, flashblock <b class="num">${pending.flashblock}</b>, block <b class="num">${count(pending.block)}</b>`} <span class="quiet">proposer ${addressLink(newest.proposer)}</span></p></header>
    ${timeline({ slots: shown, from, to, width: context.width(), now: context.now(), chunkMs: timing.chunkMs, live: true })}${timelineKey()}</section>`;
}

/** How far each view of the chain has come, on one ruler. */
function position({ model }: Context): View {
  const { tips } = model;
  const top = Math.max(tips.proposed.number, tips.pending?.block ?? 0);
  const rows = tipNames.map((name) => ({ name, block: tips[name], behind: tips.proposed.number - tips[name].number }));
  const most = Math.max(1, ...rows.map((row) => top - row.block.number));
  // A chain that is not final yet for hours would squeeze everything else to a line: distance counts by its logarithm.
  const reach = (number: number) => 1 - Math.log10(1 + top - number) / Math.log10(1 + most) * 0.94;
  return panel('Chain', html`<div class="ruler">${rows.map(({ name, block, behind }) => html`<div class=${`ruler-row state-${name}`}>
      <span class="ruler-name">${name}</span><span class="ruler-track" aria-hidden="true"><span ${css({ width: `${reach(block.number) * 100}%` })}></span></span>
      <span class="ruler-block">${blockLink(block.number)}</span><span class="ruler-behind num">${behind === 0 ? '' : `−${compact(behind)}`}</span></div>`)}
      <div class="ruler-row state-preconfirmed"><span class="ruler-name">preconfirmed</span><span class="ruler-track" aria-hidden="true"><span ${css({ width: '100%' })}></span></span><span class="ruler-block"><span class="num">${tips.pending === null ? none : count(tips.pending.block)}</span></span><span class="ruler-behind num">${tips.pending === null ? '' : `.${tips.pending.flashblock}`}</span></div></div>`,
  { aside: html`<span class="quiet">L1 block <span class="num">${count(tips.l1Head?.number)}</span></span>` });
}

function figures(context: Context): View {
  const { model } = context;
  const { given, broken } = model.promises;
  const kept = given === 0 ? null : 1 - broken / given;
  const landed = model.checkpoints.find((checkpoint) => checkpoint.landedAt !== null);
  const runway = model.publishers.reduce<number | null>((least, lane) => (lane.runwayMs === null ? least : Math.min(least ?? Infinity, lane.runwayMs)), null);
  const perTransaction = landed?.cost != null && landed.transactions > 0 ? landed.cost.gas / landed.transactions : null;
  return html`<section class="figures" aria-label="Figures">
    <div class="figure wide"><span class="figure-name">Transactions per second</span><span class="figure-line"><span class="figure-value num">${compact(model.transactionsPerSecond)}</span><span class="figure-note">pool ${count(model.pool.pending)}, ${count(model.pool.queued)} queued</span></span>
      ${model.rates.length > 2 ? chart({ label: 'Transactions per second over the last minutes', xs: model.rates.map((_, index) => index), series: [{ label: 'tps', values: model.rates.map((rate) => rate.value), colour: '--rung-proposed', kind: 'area', format: compact }], height: 34, xFormat: String, axes: false }) : html`<span class="chart-wait"></span>`}</div>
    <div class=${`figure ${broken > 0 ? 'has-broken' : ''}`}><span class="figure-name">Promises kept</span><span class="figure-value num">${percent(kept, 2)}</span><span class="figure-note">${broken === 0 ? `of ${compact(given)}` : html`<a href="/incidents">${count(broken)} broken</a> of ${compact(given)}`}</span></div>
    <div class="figure"><span class="figure-name">Checkpoint age</span><span class="figure-value num">${landed?.landedAt == null ? none : duration(Math.max(0, Math.floor((context.now() - Date.parse(landed.landedAt)) / 1000) * 1000))}</span><span class="figure-note">${landed === undefined ? 'none yet' : checkpointLink(landed)}</span></div>
    <div class="figure"><span class="figure-name">L1 gas per tx</span><span class="figure-value num">${compact(perTransaction)}</span><span class="figure-note">${landed?.cost == null ? '' : ether(landed.cost.wei)}</span></div>
    <div class=${`figure ${runway !== null && runway < 86_400_000 ? 'is-low' : ''}`}><span class="figure-name">Publisher runway</span><span class="figure-value num">${duration(runway)}</span><span class="figure-note"><a href="/publishers">${plural(model.publishers.length, 'lane')}</a></span></div>
  </section>`;
}

function times({ model }: Context): View {
  const values = timed.flatMap((rung) => [model.rungTimes[rung].p50, model.rungTimes[rung].p99]).filter((value): value is number => value !== null && value > 0);
  const [low, high] = [Math.log10(Math.min(50, ...values)), Math.log10(Math.max(1000, ...values))];
  const place = (value: number) => `${((Math.log10(Math.max(value, 1)) - low) / (high - low)) * 100}%`;
  return panel('Time to each rung', html`<table class="times"><caption class="sr">From acceptance by a gateway, over the last ten minutes</caption>
    <thead><tr><th scope="col">Rung</th><th scope="col"><span class="sr">Range</span></th><th scope="col" class="right">p50</th><th scope="col" class="right">p99</th></tr></thead>
    <tbody>${timed.map((rung) => {
      const p: Percentiles = model.rungTimes[rung];
      return html`<tr class=${`state-${rung}`}><th scope="row">${rung}</th><td class="range">${p.p50 === null || p.p99 === null ? nothing : html`<span class="range-line" aria-hidden="true"><i class="range-span" ${css({ left: place(p.p50), right: `calc(100% - ${place(p.p99)})` })}></i><i class="range-dot" ${css({ left: place(p.p50) })}></i></span>`}</td><td class="right num">${duration(p.p50)}</td><td class="right num quiet">${duration(p.p99)}</td></tr>`;
    })}</tbody></table>`, { aside: html`<span class="quiet">10 min</span>` });
}

function recentSlots({ model }: Context): View {
  const rows = model.slots.slice(0, 14).map((slot) => html`<tr class=${slot.reorged ? 'is-lost' : ''}>
    <th scope="row">${slotLink(slot.slot)}</th><td>${resultOf(slot.result, slot.phase)}</td>
    <td class="right num">${slot.certified}/${slot.chunks}</td><td class="right num">${count(slot.transactions)}</td><td class="right num">${duration(slot.preconfirmedMs)}</td><td class="right num">${duration(slot.attestedMs)}</td><td class="right">${checkpointLink(slot.checkpoint)}</td></tr>`);
  return panel('Slots', table('Newest slots', ['Slot', 'State', right('Certified'), right('Transactions'), right('Preconfirm'), right('Quorum'), right('Checkpoint')], rows), { aside: html`<a href="/slots">All slots</a>` });
}

function incidents(context: Context): View {
  const { model } = context;
  const checks = model.health.checks.filter((check) => check.status !== 'ok');
  const newest = model.reorgs.slice(0, 3);
  return panel('Incidents', html`${checks.length === 0 && newest.length === 0 ? html`<p class="empty">No reorg and no failed check.</p>` : html`<ul class="incident-list">
    ${checks.map((check) => html`<li><span class=${`tone-${check.status === 'degraded' ? 'warn' : 'bad'}`}>${check.name}</span> ${check.reason ?? 'failed'}</li>`)}
    ${newest.map((reorg) => html`<li>${badge('broken', reorg.kind === 'pruned' ? 'reorg' : 'fell back')} <a href="/incidents">slot ${reorg.slot}</a>, ${plural(reorg.transactions, 'transaction')}, <time datetime=${reorg.at} title=${dayTime(reorg.at)}>${ago(context.now() - Date.parse(reorg.at))}</time><br /><span class="quiet">${reasonText(reorg.reason)}</span></li>`)}</ul>`}`, { aside: html`<a href="/incidents">All</a>` });
}

