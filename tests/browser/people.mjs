// people: what a person does at his desk, as he does it: by labels and names of buttons, in Vietnamese; for the stories of this folder.
import {plan, ok, desk} from './browser.mjs';

export const people = {};
export const button = (page, name) => page.getByRole('button', {name, exact: true});
export const heading = (page, name) => page.getByRole('heading', {level: 1, name, exact: true}).waitFor();
export const menu = async (page, name) => { await page.locator('#nav').getByRole('link', {name, exact: true}).click(); await heading(page, name); };
export const state = (page, name) => page.locator('dd').filter({hasText: new RegExp(`^${name}$`)}).first().waitFor();
export const row = (page, text) => page.getByRole('row').filter({hasText: text});

export async function signIn(page, login, password = plan.passwords[login]) {
	await page.getByLabel('Tài khoản').fill(login);
	await page.getByLabel('Mật khẩu').fill(password);
	await button(page, 'Đăng nhập').click();
}

export async function person(login) {
	if (!people[login]) {
		people[login] = await desk();
		await signIn(people[login], login);
		await heading(people[login], 'Việc cần làm');
	}
	return people[login];
}

// Opens a document from the inbox, waiting until it is there.
export async function fromInbox(page, subject, why) {
	await menu(page, 'Việc cần làm');
	const line = row(page, subject);
	await line.waitFor();
	if (why)
		ok((await line.innerText()).startsWith(why), `why it waits: ${await line.innerText()}`);
	await line.click();
	await heading(page, subject);
}

export async function did(page, move, fill = async () => {}) {
	await page.locator('.moves').getByRole('button', {name: move, exact: true}).click();
	const form = page.locator('form.card');
	await form.waitFor();
	await fill(form);
	await form.getByRole('button', {name: move, exact: true}).click();
}

// A draft, made and submitted to a leader by the API: what the page asks for is tested elsewhere. files: [{name, base64}], the main one first; else a short text.
const TEXT = [{name: 'bao-cao.txt', base64: Buffer.from('Báo cáo.').toString('base64')}];

export async function submitted(author, subject, leader, files = TEXT, more = {}) {
	const answers = await author.evaluate(async ([about, to, list, also]) => {
		const call = async (path, body, type, headers) => {
			const r = await fetch(path, {method: 'POST', body, headers: {Authorization: `Bearer ${sessionStorage.getItem('congvan.token')}`, 'Content-Type': type,
				'Idempotency-Key': crypto.randomUUID(), ...headers}});
			return {status: r.status, value: await r.json()};
		};
		const json = (path, body, headers) => call(path, JSON.stringify(body), 'application/json', headers);
		const stored = [], all = [];
		for (const f of list) {
			const content = await call('/v1/contents', Uint8Array.from(atob(f.base64), c => c.charCodeAt(0)), 'application/octet-stream');
			all.push(content);
			stored.push({sha256: content.value.sha256, name: f.name});
		}
		const [main, ...attachments] = stored;
		const made = await json('/v1/documents', {direction: 'outgoing', kind: 'CV', subject: about, receivers: [{organ_id: 'H37'}], main, attachments, ...also});
		all.push(made);
		all.push(await json(`/v1/documents/${made.value.id}/moves`, {move: 'submit', leader: to}, {'If-Match': `"${made.value.revision}"`}));
		return all;
	}, [subject, leader, files, more]);
	ok(answers.every(a => a.status < 300), `the draft is made and submitted: ${JSON.stringify(answers)}`);
	return answers.at(-2).value.id;
}
