import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, beforeEach, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Scenario } from '../scenario/scenario.js';
import { bench, type Bench } from './browser.js';

let desk: Bench;
const complaints: string[] = [];

before(async () => {
  desk = await bench(complaints);
});
after(async () => desk.close());
beforeEach(() => {
  complaints.length = 0;
  desk.api.scenario.speaks = true;
});

async function open(path: string, page?: Page): Promise<Page> {
  const target = page ?? (await desk.page());
  await target.goto(desk.url + path);
  await target.locator('main h1, main h2').first().waitFor();
  // The model is read, and the stream stands.
  await target.locator('.signal-live, .signal-silent').waitFor();
  return target;
}

/** A heartbeat is said on full seconds: the page has it then. */
const secondsPass = (count = 1) => desk.api.scenario.advance(count * 1000);

test('the first page shows the slot that is built, and follows it', async () => {
  const page = await open('/');
  const { building } = desk.api.scenario.overview();
  await page.getByRole('heading', { name: `Slot ${building!.slot}` }).waitFor();
  assert.ok((await page.locator('svg.timeline a.chunk').count()) >= building!.items.length);
  const flashes = page.locator('svg.timeline rect.flash');
  const count = await flashes.count();
  secondsPass(1);
  await page.waitForFunction((least) => document.querySelectorAll('svg.timeline rect.flash').length > least, count);
  desk.api.scenario.advance(12_000);
  await page.getByRole('heading', { name: `Slot ${building!.slot + 1}` }).waitFor();
  await desk.picture(page, 'now');
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('a transaction is seen to climb from pending to checkpointed, each rung with its proof', async () => {
  const hash = desk.api.scenario.submit('climber');
  const page = await open(`/tx/${hash}`);
  const current = page.locator('.ladder [aria-current="step"] h3');
  assert.equal(await current.textContent(), 'Pending');
  for (const rung of ['Preconfirmed', 'Proposed', 'Attested', 'Checkpointed']) {
    for (let i = 0; i < 400 && desk.api.scenario.transaction(hash)!.state !== rung.toLowerCase(); i++) {
      desk.api.scenario.advance(100);
    }
    await page.locator('.ladder [aria-current="step"]', { hasText: rung }).waitFor();
  }
  assert.equal(await page.locator('.ladder a.rung-proof').count(), 4);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.ladder a.rung-proof').last().click()]);
  const proof = JSON.parse(await readFile(await download.path(), 'utf8')) as { rungs: { status: string }[]; transaction: string };
  assert.deepEqual([proof.rungs.at(-1)?.status, proof.transaction], ['checkpointed', hash]);
  await desk.picture(page, 'transaction');
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('a broken promise is told on the page of its transaction', async () => {
  const broken = desk.api.scenario.broken[0]!;
  const page = await open(`/tx/${broken.transaction}`);
  await page.getByText('A promise did not hold.').first().waitFor();
  await page.getByText('Slot unpublished.').first().waitFor();
  await page.context().close();
});

test('after an interruption nothing is missing', async () => {
  const page = await open('/');
  desk.api.cut();
  desk.api.scenario.advance(14_000);
  const { building } = desk.api.scenario.overview();
  await page.getByRole('heading', { name: `Slot ${building!.slot}` }).waitFor();
  await page.locator('.signal-live').waitFor();
  await page.waitForFunction(([chunks]) => document.querySelectorAll('svg.timeline a.chunk').length >= chunks!, [building!.items.length + 6]);
  await page.context().close();
});

test('a gateway that began anew is read anew', async () => {
  const page = await open('/');
  const former = desk.api.scenario;
  desk.api.scenario = new Scenario(30, 'b2');
  desk.api.cut();
  await page.getByRole('heading', { name: 'Slot 30' }).waitFor();
  desk.api.scenario = former;
  desk.api.cut();
  await page.context().close();
});

test('silence is told, and so is its end', async () => {
  const page = await open('/');
  secondsPass();
  await page.locator('.signal-live').waitFor();
  desk.api.scenario.speaks = false;
  await page.getByText(/The event stream is (silent|interrupted)/).waitFor();
  await desk.picture(page, 'silent');
  desk.api.scenario.speaks = true;
  const speak = setInterval(() => secondsPass(), 200);
  await page.locator('.signal-live').waitFor();
  clearInterval(speak);
  assert.equal(await page.getByText(/The event stream is/).count(), 0);
  await page.context().close();
});

test('search finds slots, blocks, hashes and addresses from the keyboard', async () => {
  const page = await open('/');
  const chunk = desk.api.scenario.chunkDetail(60, 2)!;
  for (const [query, heading] of [[chunk.transactionHashes[0]!, 'Transaction'], [desk.api.scenario.members[4]!, 'Validator'], [chunk.block.hash!, 'Chunk 60/2']] as const) {
    await page.keyboard.press('/');
    await page.keyboard.type(query);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  }
  await page.keyboard.press('/');
  await page.keyboard.type('12');
  await page.keyboard.press('Enter');
  await page.getByText('3 matches').waitFor();
  await page.getByRole('link', { name: /Slot 12/ }).press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Slot 12' }).waitFor();
  await page.goBack();
  await page.getByText('3 matches').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('0xnothing');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing here is called').waitFor();
  await page.context().close();
});

test('the heat map is walked with the arrow keys', async () => {
  const page = await open('/committee');
  const cell = page.locator('.heat td[tabindex="0"]');
  assert.equal(await cell.count(), 1);
  await cell.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowLeft');
  await page.locator('.heat-readout', { hasText: 'Validator 1' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-m')), '1');
  await page.getByLabel('Order').selectOption('failures');
  await page.locator('.heat tbody tr').first().locator('th', { hasText: '33' }).waitFor();
  await desk.picture(page, 'committee');
  await page.context().close();
});

test('every page has one heading, a title, and fits a phone', async () => {
  const page = await desk.page({ viewport: { width: 360, height: 800 }, hasTouch: true });
  const { scenario } = desk.api;
  const hash = scenario.chunkDetail(60, 2)!.transactionHashes[1]!;
  for (const path of ['/', '/slots', '/slots/41', '/slots/60/chunks/2', '/blocks/latest', `/tx/${hash}`, '/checkpoints', '/checkpoints/12', '/committee', `/address/${scenario.members[19]!}`, '/incidents', '/publishers', '/health', '/search', '/no/such/page']) {
    await open(path, page);
    await page.locator('main h1').waitFor({ state: 'attached' });
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
    assert.equal(await page.locator('main h1').count(), 1, path);
    assert.match(await page.title(), /· Preconf Cloud$/, path);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${path} is ${wide} pixels too wide`);
  }
  await open('/', page);
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page.getByRole('link', { name: 'Checkpoints', exact: true }).tap();
  await page.getByRole('heading', { level: 1, name: 'Checkpoints' }).waitFor();
  await desk.picture(page, 'phone');
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('the theme is the system\'s until the reader chooses, and the choice stays', async () => {
  const page = await desk.page({ colorScheme: 'dark' });
  await open('/health', page);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  await page.getByRole('button', { name: /Theme/ }).click();
  const light = await paper();
  assert.notEqual(dark, light);
  await page.reload();
  await page.locator('main h1').waitFor();
  assert.equal(await paper(), light);
  await page.context().close();
});

test('what is unknown is refused in words', async () => {
  const page = await open(`/tx/0x${'9'.repeat(64)}`);
  await page.getByRole('alert').getByText('There is no transaction here').waitFor();
  await page.context().close();
});

test('text has contrast, in both themes', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await desk.page({ colorScheme });
    await open('/', page);
    const ratios = await page.evaluate(() => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 1;
      const context = canvas.getContext('2d', { willReadFrequently: true })!;
      const light = (colour: string) => {
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const parts = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]!;
      };
      const style = getComputedStyle(document.documentElement);
      const value = (name: string) => style.getPropertyValue(name).trim();
      const of = (text: string, ground: string) => {
        const [high, low] = [light(value(text)), light(value(ground))].sort((left, right) => right - left);
        return [text, ground, (high! + 0.05) / (low! + 0.05)] as const;
      };
      return ['--ink', '--ink-2', '--ink-3', '--link', '--bad', '--warn-ink', '--good'].flatMap((text) => ['--paper', '--surface'].map((ground) => of(text, ground)));
    });
    for (const [text, ground, ratio] of ratios) {
      assert.ok(ratio >= 4.5, `${colorScheme}: ${text} on ${ground} is ${ratio.toFixed(2)}`);
    }
    await page.context().close();
  }
});
