import { html, nothing } from 'lit-html';
import { api } from '../api/client.js';
import type { Committee } from '../api/types.js';
import { count, duration, percent } from '../format.js';
import { heatmap } from '../view/heatmap.js';
import { addressLink, bar, facts, panel, right, table, type View } from '../view/parts.js';
import { Resource, type Context, type Page } from './page.js';

type Order = 'committee' | 'failures';

export function committeePage(context: Context): Page {
  // As many columns as fit beside the names.
  const slots = Math.max(12, Math.min(64, Math.floor((context.width() - (context.width() < 640 ? 70 : 140)) / 13.7)));
  const resource = new Resource((signal) => api.GET('/api/v1/committee', { params: { query: { slots } }, signal }), context.refresh);
  let selected: { member: number; slot: number } | null = null;
  let order: Order = 'committee';
  return {
    title: 'Committee',
    event: (event) => event.event === 'slot' && event.data.result !== null && resource.stale(1500),
    dispose: () => resource.dispose(),
    view: () => resource.show('committee', (committee) => view(committee)),
  };

  function view(committee: Committee): View {
    const members = committee.members.map((_, index) => index);
    if (order === 'failures') {
      members.sort((left, right) => committee.members[right]!.record.failureRatio - committee.members[left]!.record.failureRatio);
    }
    const done = committee.slots.filter((slot) => slot.result !== null);
    const signed = done.reduce((sum, slot) => sum + [...slot.attendance].filter((letter) => letter === 's' || letter === 'l').length, 0);
    const duties = done.reduce((sum, slot) => sum + [...slot.attendance].filter((letter) => letter !== '-' && letter !== '.').length, 0);
    return html`<h1>Committee</h1>
      ${facts(['Epoch', count(committee.epoch)], ['Slots', `${count(committee.firstSlot)} – ${count(committee.lastSlot)}`], ['Members', count(committee.size)], ['Quorum', count(committee.quorum)], ['Attendance', duties === 0 ? null : percent(signed / duties, 2)])}
      ${panel('Attendance', heatmap(committee, selected, members, (member, slot) => {
        if (selected?.member !== member || selected.slot !== slot) {
          selected = { member, slot };
          context.draw();
        }
      }), { aside: html`<label class="select">Order <select @change=${(event: Event) => { order = (event.target as HTMLSelectElement).value as Order; context.refresh(); }}><option value="committee" ?selected=${order === 'committee'}>as in the committee</option><option value="failures" ?selected=${order === 'failures'}>most failures first</option></select></label>` })}
      ${panel('Records', table('Records', [right('No.'), 'Validator', right('Sent'), right('Late'), right('Missed'), right('Invalid'), right('Proposed'), right('Not proposed'), 'Failures', right('After seal'), 'Key'], members.map((index) => {
        const member = committee.members[index]!;
        const { record } = member;
        return html`<tr><td class="right num">${index}</td><th scope="row">${addressLink(member.address)}</th><td class="right num">${record.sent}</td><td class="right num">${record.late}</td><td class="right num">${record.missed}</td><td class="right num">${record.invalid}</td><td class="right num">${record.proposed}</td><td class="right num">${record.notProposed}</td>
          <td>${bar(record.failureRatio, percent(record.failureRatio), record.failureRatio > 0.1 ? 'warn' : 'fill')} <span class="num">${percent(record.failureRatio)}</span></td><td class="right num">${duration(member.medianAfterSealMs)}</td><td>${member.hosted ? html`<span class="quiet">here</span>` : nothing}</td></tr>`;
      })))}`;
  }
}
