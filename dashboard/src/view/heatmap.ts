import { html, nothing } from 'lit-html';
import type { Committee } from '../api/types.js';
import { short } from '../format.js';
import type { View } from './parts.js';

const meaning: Record<string, string> = { s: 'sent', l: 'late', m: 'missed', o: 'signed another payload', c: 'signed two payloads', '.': 'not known yet', '-': 'not in the committee' };

/** Validators by slots. One cell is in the tab order; the arrows move it. */
export function heatmap(committee: Committee, selected: { member: number; slot: number } | null, members: readonly number[], select: (member: number, slot: number) => void): View {
  const current = selected ?? { member: members[0] ?? 0, slot: Math.max(0, committee.slots.findLastIndex((slot) => slot.result !== null)) };
  const move = (event: KeyboardEvent) => {
    const steps: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -committee.slots.length], End: [0, committee.slots.length] };
    const step = steps[event.key];
    if (step === undefined) {
      return;
    }
    event.preventDefault();
    const row = Math.max(0, Math.min(members.length - 1, members.indexOf(current.member) + step[0]));
    const slot = Math.max(0, Math.min(committee.slots.length - 1, current.slot + step[1]));
    select(members[row] ?? 0, slot);
    document.querySelector<HTMLElement>('.heat td[tabindex="0"]')?.focus();
  };
  const pick = (event: Event) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('td[data-m]');
    if (cell !== null) {
      select(Number(cell.dataset['m']), Number(cell.dataset['s']));
    }
  };
  return html`<div class="scroll heat-box"><table class="heat" role="grid" aria-label="Attendance of each validator in each slot" @keydown=${move} @click=${pick} @pointerover=${pick}>
    <thead><tr><td></td>${committee.slots.map((slot, index) => html`<th scope="col">${slot.slot % 8 === 0 || index === 0 ? html`<span>${slot.slot}</span>` : html`<span class="sr">Slot ${slot.slot}</span>`}</th>`)}</tr></thead>
    <tbody>${members.map((member) => {
      const info = committee.members[member];
      return html`<tr><th scope="row"><a class="mono" href=${`/address/${info?.address ?? ''}`} tabindex="-1">${String(member).padStart(2, '0')} <span class="heat-address">${short(info?.address, 4, 0)}</span></a></th>
        ${committee.slots.map((slot, index) => {
          const letter = slot.attendance[member] ?? '-';
          const isProposer = slot.proposer === member;
          const isFailed = isProposer && slot.result !== null && slot.result !== 'checkpoint-mined' && slot.result !== 'checkpoint-valid';
          const isCurrent = current.member === member && current.slot === index;
          return html`<td class=${`a-${letter === '.' ? 'unknown' : letter === '-' ? 'out' : letter}${isProposer ? ' proposer' : ''}${isFailed ? ' failed' : ''}`} tabindex=${isCurrent ? '0' : '-1'} data-m=${member} data-s=${index} aria-selected=${isCurrent ? 'true' : nothing}><span class="sr">${meaning[letter] ?? letter}${isProposer ? ', proposer' : ''}</span></td>`;
        })}</tr>`;
    })}</tbody></table></div>
    <p class="heat-readout" aria-live="polite">${readout(committee, current)}</p>
    <ul class="key" aria-label="Key"><li><i class="a-s"></i>sent</li><li><i class="a-l"></i>late</li><li><i class="a-m"></i>missed</li><li><i class="a-o"></i>other payload</li><li><i class="a-c"></i>two payloads</li><li><i class="a-s proposer"></i>proposer</li><li><i class="a-s proposer failed"></i>its slot failed</li><li><i class="a-unknown"></i>not known yet</li></ul>`;
}

function readout(committee: Committee, { member, slot }: { member: number; slot: number }): View {
  const column = committee.slots[slot];
  const letter = column?.attendance[member] ?? '-';
  return column === undefined
    ? nothing
    : html`Validator <span class="num">${member}</span>, slot <a class="num" href=${`/slots/${column.slot}`}>${column.slot}</a>: <strong>${meaning[letter] ?? letter}</strong>${column.proposer === member ? `, proposer${column.result === null ? '' : ` (${column.result.replaceAll('-', ' ')})`}` : ''}`;
}
