// app: signing in, the bar on top, and which page a #/address shows.
import * as api from './api.js';
import {load, choose, language, say} from './text.js';
import {el, show, showing, goOn, onSubmit, clearNotices} from './dom.js';
import {inboxPage, documentsPage, registersPage, packetsPage} from './lists.js';
import {documentPage} from './document.js';
import {batchPage} from './batch.js';
import {draftPage} from './draft.js';
import {mandatesPage} from './mandates.js';
import {outboxPage} from './outbox.js';
import {checkPage} from './check.js';

const pages = [
	['inbox', inboxPage, 'web.inbox'],
	['documents', documentsPage, 'web.documents'],
	['draft', draftPage, 'web.draft'],
	['registers', registersPage, 'web.registers'],
	['mandates', mandatesPage, 'web.mandates'],
	['check', checkPage, 'web.check-file'],
	['packets', packetsPage, 'web.packets', ['clerk', 'archivist', 'admin']],
	['outbox', outboxPage, 'web.outbox', ['clerk']],
];

let me = null;
let events = null;

// The other language, named in itself.
function languageButton() {
	const other = document.documentElement.lang === 'en' ? 'vi' : 'en';
	return el('button', {class: 'quiet', lang: other, onclick: async () => { await choose(other); await route(); }}, other === 'en' ? 'English' : 'Tiếng Việt');
}

function loginPage() {
	document.getElementById('nav').hidden = true;
	document.getElementById('who').replaceChildren(languageButton());
	const form = el('form', {class: 'card login'},
		el('h1', {}, say('web.login')),
		el('label', {}, say('web.account'), el('input', {name: 'login', autocomplete: 'username', required: true, autofocus: true})),
		el('label', {}, say('web.password'), el('input', {name: 'password', type: 'password', autocomplete: 'current-password', required: true})),
		el('button', {class: 'main'}, say('web.login')));
	onSubmit(form, async data => {
		const answer = await api.write('POST', '/v1/sessions', {login: data.get('login'), password: data.get('password')});
		api.session.token = answer.token;
		await begin();
	});
	show(form);
	form.querySelector('input').focus();
}

function bar(current) {
	const allowed = pages.filter(p => !p[3] || p[3].some(r => me.roles.includes(r)));
	const nav = document.getElementById('nav');
	nav.hidden = false;
	nav.replaceChildren(...allowed.map(([name, , code]) =>
		el('a', {href: `#/${name}`, 'aria-current': name === current ? 'page' : null}, say(code))));
	document.getElementById('who').replaceChildren(
		el('span', {}, `${me.name}${me.title ? ` · ${me.title}` : ''}`), languageButton(),
		el('button', {onclick: leave}, say('web.logout')));
	document.getElementById('nav').setAttribute('aria-label', say('web.pages'));
}

async function leave() {
	await api.write('DELETE', '/v1/sessions/current').catch(() => {});
	api.session.token = null;
	events?.abort();
	loginPage();
}

async function route() {
	goOn();
	const showHere = showing();
	clearNotices();
	if (!me || !api.session.token)
		return loginPage();
	const [page, ...rest] = location.hash.replace(/^#\/?/, '').split('/');
	const found = pages.find(p => p[0] === page);
	bar(page === 'document' ? 'documents' : page === 'sign' ? 'inbox' : page || 'inbox');
	try {
		if (page === 'document')
			await documentPage(decodeURIComponent(rest[0]), me);
		else if (page === 'sign')
			await batchPage();
		else
			await (found ? found[1] : inboxPage)(me, rest.map(decodeURIComponent));
	} catch (e) {
		if (e.status === 401)
			return loginPage();
		showHere(el('h1', {}, e.message), el('p', {}, el('a', {href: '#/inbox'}, say('web.inbox'))));
	}
}

// The inbox refreshes itself when something comes (server-sent events; fetch, because EventSource cannot carry a token).
async function follow() {
	events = new AbortController();
	try {
		const r = await fetch('/v1/events', {headers: {Authorization: `Bearer ${api.session.token}`}, signal: events.signal});
		const reader = r.body.pipeThrough(new TextDecoderStream()).getReader();
		for (;;) {
			const {value, done} = await reader.read();
			if (done)
				break;
			if (/event: ?(inbox|document)/.test(value) && /^#?\/?(inbox)?$/.test(location.hash.replace('#/', '')))
				route();
		}
	} catch (e) {
		if (e.name === 'AbortError')
			return;
	}
	setTimeout(() => api.session.token && follow(), 3000);
}

async function begin() {
	const answer = await api.get('/v1/me');
	me = answer.account || answer;
	follow();
	await route();
}

window.addEventListener('hashchange', route);
await load(language());
if (api.session.token)
	await begin().catch(loginPage);
else
	loginPage();
