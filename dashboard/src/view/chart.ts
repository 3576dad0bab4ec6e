import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { html } from 'lit-html';
import { Directive, directive, type ElementPart } from 'lit-html/directive.js';
import { noChange } from 'lit-html';
import type { View } from './parts.js';

export interface Series {
  label: string;
  values: (number | null)[];
  /** A custom property of CSS. */
  colour: string;
  kind: 'line' | 'bars' | 'area';
  format(value: number): string;
}

export interface ChartOptions {
  /** What the chart shows, for those who do not see it. */
  label: string;
  xs: number[];
  series: Series[];
  height: number;
  xFormat(value: number): string;
  xLabel?: string;
  /** Upper end of the scale; grows with the data where absent. */
  most?: number;
  axes?: boolean;
}

class Plot extends Directive {
  #plot: uPlot | null = null;
  #host: HTMLElement | null = null;
  #key = '';
  #observer: ResizeObserver | null = null;

  render(_options: ChartOptions, _theme: string): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [options, theme]: [ChartOptions, string]): typeof noChange {
    const host = part.element as HTMLElement;
    const key = `${theme} ${options.series.map((series) => series.label).join()} ${options.most ?? ''}`;
    const data = [options.xs, ...options.series.map((series) => series.values)] as uPlot.AlignedData;
    if (this.#plot !== null && this.#host === host && this.#key === key) {
      this.#plot.setData(data);
      return noChange;
    }
    this.#plot?.destroy();
    this.#observer?.disconnect();
    this.#key = key;
    this.#host = host;
    // Colours are known and the width is final only after the page was laid out.
    requestAnimationFrame(() => {
      if (!host.isConnected) {
        return;
      }
      this.#plot?.destroy();
      this.#plot = new uPlot(plotOptions(options, host), data, host);
      this.#observer = new ResizeObserver(() => this.#plot?.setSize({ width: host.clientWidth, height: options.height }));
      this.#observer.observe(host);
    });
    return noChange;
  }
}

const plot = directive(Plot);

/** A chart over equidistant or timed x values. */
export function chart(options: ChartOptions): View {
  const theme = `${document.documentElement.dataset['theme'] ?? ''}${matchMedia('(prefers-color-scheme: dark)').matches}`;
  return html`<div class="chart" role="img" aria-label=${options.label} ${plot(options, theme)}></div>`;
}

function plotOptions(options: ChartOptions, host: HTMLElement): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const ink = colour('--ink-3');
  const grid = colour('--line');
  const font = '11px "IBM Plex Sans Variable", system-ui, sans-serif';
  const first = options.series[0];
  const axis = { stroke: ink, font, ticks: { show: false }, grid: { stroke: grid, width: 1 } };
  return {
    width: Math.max(40, host.clientWidth), height: options.height, legend: { show: options.series.length > 0 && options.axes !== false, live: true },
    cursor: { show: options.axes !== false, drag: { x: false, y: false }, points: { size: 6 } },
    padding: options.axes === false ? [2, 0, 0, 0] : [8, 6, 0, 0],
    scales: { x: { time: false }, y: { range: (_self, _low, high) => [0, options.most ?? Math.max(high * 1.1, Number.EPSILON)] } },
    axes: options.axes === false
      ? [{ show: false }, { show: false }]
      : [
          { ...axis, grid: { show: false }, size: 24, values: (_self, splits) => splits.map((value) => (Number.isInteger(value) || options.xs.length < 3 ? options.xFormat(value) : '')) },
          { ...axis, size: 52, values: (_self, splits) => splits.map((value) => first?.format(value) ?? String(value)) },
        ],
    series: [
      { label: options.xLabel ?? '', value: (_self, value) => (value == null ? '–' : options.xFormat(value)) },
      ...options.series.map((series): uPlot.Series => {
        const stroke = colour(series.colour);
        const bars = uPlot.paths.bars!({ size: [0.72, 28], radius: 0.08 });
        return {
          label: series.label, stroke, width: series.kind === 'bars' ? 0 : 1.5, points: { show: false }, value: (_self, value) => (value == null ? '–' : series.format(value)),
          ...(series.kind === 'line' ? {} : { fill: series.kind === 'bars' ? stroke : `color-mix(in oklab, ${stroke} 18%, transparent)` }),
          ...(series.kind === 'bars' ? { paths: bars } : {}),
        };
      }),
    ],
  };
}
