// browser: Chromium for the tests of the pages: TAP, pages whose console, exceptions and content policy are watched, and what every page must keep
// (labels, focus, contrast, width). No test of its own.
import {mkdirSync} from 'node:fs';
import {chromium} from 'playwright-core';

export const plan = JSON.parse(process.env.CONGVAN_PLAN);
export const wide = {width: 1366, height: 768}, phone = {width: 390, height: 844};
let patience = 60000; // a condition that has not come by then on a busy machine will not come

const tests = [];
export const test = (name, run) => tests.push([name, run]);

export function equal(found, wanted, what) {
	const [f, w] = [JSON.stringify(found), JSON.stringify(wanted)];
	if (f !== w)
		throw new Error(`${what}: found ${f}, wanted ${w}`);
}

export function ok(condition, what) {
	if (!condition)
		throw new Error(what);
}

let browser = null;
const open = [];

// A page in a context of its own (a person at his desk). refusals: HTTP codes that the test provokes; everything else that a console says is a fault.
export async function desk({viewport = wide, lang = ''} = {}) {
	const context = await browser.newContext({viewport, locale: 'vi-VN', acceptDownloads: true});
	const page = await context.newPage();
	page.setDefaultTimeout(patience);
	page.faults = [];
	page.refusals = new Set();
	page.on('pageerror', e => page.faults.push(`exception: ${e.message}`));
	page.on('console', m => {
		if (!['error', 'warning'].includes(m.type()))
			return;
		const refused = /status of (\d+)/.exec(m.text());
		if (!refused || !page.refusals.has(Number(refused[1])))
			page.faults.push(`console: ${m.text()} ${m.location().url}`);
	});
	page.on('dialog', d => { page.faults.push(`dialog: ${d.message()}`); d.dismiss(); });
	await context.exposeFunction('fault', text => page.faults.push(text));
	await context.addInitScript(() => document.addEventListener('securitypolicyviolation',
		e => globalThis.fault(`content policy: ${e.violatedDirective} ${e.blockedURI}`)));
	open.push(page);
	page.on('close', () => open.splice(open.indexOf(page), 1));
	await page.goto(`${plan.url}${lang ? `?lang=${lang}` : ''}`);
	return page;
}

export async function shot(page, name) {
	if (!plan.shots)
		return;
	mkdirSync(plan.shots, {recursive: true});
	await page.screenshot({path: `${plan.shots}/${name}.png`, fullPage: true});
}

// What holds on every page: each field has a name, each picture a text, nothing is wider than the window, every text can be read.
export async function audit(page, where) {
	await page.locator('h1').first().waitFor(); // the page is there, however busy the machine
	const faults = await page.evaluate(() => {
		const list = [], seen = e => e.getClientRects().length > 0;
		const rgb = c => (c.match(/[\d.]+/g) || []).map(Number);
		const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
			.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
		const ground = e => {
			for (; e; e = e.parentElement) {
				const c = rgb(getComputedStyle(e).backgroundColor);
				if (c.length === 3 || c[3] > 0)
					return c;
			}
			return [255, 255, 255];
		};
		const name = e => (e.getAttribute('aria-label') || [...(e.labels || [])].map(l => l.textContent).join('')).trim();
		for (const e of document.querySelectorAll('input, select, textarea'))
			if (seen(e) && !name(e))
				list.push(`field without a label: ${e.name || e.type}`);
		for (const e of document.querySelectorAll('button, a'))
			if (seen(e) && !(e.textContent.trim() || e.getAttribute('aria-label')))
				list.push('button without a text');
		for (const e of document.querySelectorAll('img'))
			if (!e.alt)
				list.push('picture without a text');
		if (document.querySelectorAll('h1').length !== 1)
			list.push(`${document.querySelectorAll('h1').length} main headings`);
		if (document.documentElement.scrollWidth > innerWidth)
			list.push(`wider than the window: ${document.documentElement.scrollWidth} > ${innerWidth}`);
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let n; (n = walk.nextNode());) {
			const e = n.parentElement;
			if (!n.textContent.trim() || !seen(e) || e.closest('noscript, [disabled]'))
				continue;
			const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
			if ((a + 0.05) / (b + 0.05) < 4.5)
				list.push(`hard to read: "${n.textContent.trim().slice(0, 40)}" ${((a + 0.05) / (b + 0.05)).toFixed(1)}`);
			if (/^(web|cli|status|http)\.[a-z_.-]+$/.test(n.textContent.trim()))
				list.push(`a code instead of words: ${n.textContent.trim()}`);
		}
		return list;
	});
	equal(faults, [], where);
}

// Tab from the start of the page: every stop can be seen, and all the names come by.
export async function tabStops(page, most = 60) {
	const stops = [];
	await page.evaluate(() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); });
	for (let i = 0; i < most; i++) {
		await page.keyboard.press('Tab');
		const stop = await page.evaluate(() => {
			const e = document.activeElement;
			if (!e || e === document.body)
				return null;
			const s = getComputedStyle(e);
			return {what: e.name || e.textContent.trim().slice(0, 60), tag: e.tagName,
				seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2};
		});
		if (!stop)
			break;
		stops.push(stop);
	}
	return stops;
}

export async function run() {
	console.log(`1..${tests.length}`);
	browser = await chromium.launch({executablePath: process.env.CONGVAN_CHROMIUM || '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu',
		'--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
		`--ignore-certificate-errors-spki-list=${plan.spki}`]});
	let failed = 0;
	for (const [i, [name, work]] of tests.entries()) {
		let fault = null;
		const start = Date.now();
		try {
			await work();
		} catch (e) {
			fault = e.stack || String(e);
		}
		const said = open.flatMap(p => p.faults.splice(0));
		fault ||= said.length ? said.join('\n') : null;
		console.log(`${fault ? 'not ok' : 'ok'} ${i + 1} - ${name}`);
		if (plan.shots || fault)
			console.log(`# ${Date.now() - start} ms`);
		if (fault) {
			failed++;
			console.log([fault, ...said].join('\n').replace(/^/gm, '# '));
			patience = 2000; // what follows depends on this one: no long waits any more
			for (const [k, page] of open.entries()) {
				page.setDefaultTimeout(patience);
				await shot(page, `failed-${i + 1}-${k}`).catch(() => {});
			}
		}
		open.forEach(p => p.refusals.clear());
	}
	await browser.close();
	return failed;
}
