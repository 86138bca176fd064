// api: the public socket API and nothing else. Writes carry an Idempotency-Key and are repeated with the same key when the
// connection breaks or the daemon says "uncertain", so that a press of a button does its work once.
import {say, term} from './text.js';

const KEY = 'congvan.token';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// What a finding names, in words where there are some: the signer's codes above all. Nobody knows things by their ids.
function said(value) {
	if (UUID.test(value))
		return '';
	const left = /^attempts_left=(\d+)$/.exec(value);
	return left ? `${say('web.attempts-left')} ${left[1]}` : term(value);
}

export class Problem extends Error {
	constructor(status, body) {
		super(body?.title || `HTTP ${status}`);
		this.status = status;
		this.code = body?.code;
		this.findings = body?.findings || [];
	}

	// The title, and each finding on a line of its own: what, where, found → wanted. A finding that only repeats the title is left out.
	get text() {
		const lines = this.findings.filter(f => f.text !== this.message || f.got || f.want).map(f =>
			[f.text || f.code, term(f.where || ''), [f.got, f.want].filter(Boolean).map(said).filter(Boolean).join(' → ')].filter(Boolean).join(' · '));
		return [this.message, ...lines].join('\n');
	}
}

export const session = {
	get token() { return sessionStorage.getItem(KEY); },
	set token(t) { t ? sessionStorage.setItem(KEY, t) : sessionStorage.removeItem(KEY); },
};

function headers(extra) {
	const h = {'Accept-Language': document.documentElement.lang, ...extra};
	if (session.token)
		h.Authorization = `Bearer ${session.token}`;
	return h;
}

const wait = ms => new Promise(done => setTimeout(done, ms));

async function send(method, path, {body, type, match, accept, tries = 4} = {}) {
	const h = {Accept: accept || 'application/json'};
	if (method !== 'GET')
		h['Idempotency-Key'] = crypto.randomUUID();
	if (type)
		h['Content-Type'] = type;
	if (match)
		h['If-Match'] = `"${match}"`;
	for (let attempt = 0; ; attempt++) {
		let r;
		try {
			r = await fetch(path, {method, headers: headers(h), body});
		} catch (e) {
			if (attempt + 1 >= tries)
				throw e;
		}
		if (r && r.status !== 503)
			return r;
		if (attempt + 1 >= tries)
			return r;
		await wait(300 * (attempt + 1));
	}
}

async function checked(r) {
	if (r.ok)
		return r;
	const body = await r.json().catch(() => null);
	if (r.status === 401)
		session.token = null;
	throw new Problem(r.status, body);
}

export async function get(path) {
	return (await checked(await send('GET', path))).json();
}

// Every item of a list that comes in pages.
export async function all(path) {
	const items = [];
	for (let next = null; ;) {
		const query = new URLSearchParams({limit: '200', ...next ? {cursor: next} : {}});
		const page = await get(`${path}${path.includes('?') ? '&' : '?'}${query}`);
		items.push(...page.items);
		next = page.next;
		if (!next)
			return items;
	}
}

// The answer with its headers.
export const answer = async (path, accept) => checked(await send('GET', path, {accept}));

export async function blob(path, accept = '*/*') {
	return (await answer(path, accept)).blob();
}

export async function write(method, path, value, match) {
	const r = await checked(await send(method, path, {
		body: value === undefined ? undefined : JSON.stringify(value),
		type: value === undefined ? undefined : 'application/json', match,
	}));
	return r.status === 204 ? null : r.json();
}

// A file, sent as it is: the answer, in the form wanted.
export const sent = async (path, file, accept) => checked(await send('POST', path, {body: file, type: file.type || 'application/octet-stream', accept}));

// The same as JSON: {"sha256","size"} for /v1/contents.
export const upload = async (path, file) => (await sent(path, file)).json();

export const path = (strings, ...values) =>
	strings.reduce((all, s, i) => all + encodeURIComponent(values[i - 1]) + s);
