// text: the words of the pages, from the daemon's one catalogue (GET /v1/messages).
const KEY = 'congvan.lang';
let words = {};

// The language asked for by the address (?lang=en), else the one chosen last in this browser, else Vietnamese.
export function language() {
	const asked = new URLSearchParams(location.search).get('lang') || localStorage.getItem(KEY);
	return asked === 'en' ? 'en' : 'vi';
}

export async function load(lang) {
	const r = await fetch(`/v1/messages?lang=${lang}`);
	const body = await r.json();
	words = body.messages || body;
	document.documentElement.lang = lang;
}

export async function choose(lang) {
	localStorage.setItem(KEY, lang);
	history.replaceState(null, '', location.pathname + location.hash);
	await load(lang);
}

export const say = code => words[code] ?? code;
// A text of the daemon with every code of the catalogue in it in words: "level.no-timestamp: fetch.http 503" (lib/base/message.h, message_words).
export const inWords = text => String(text ?? '').replace(/[a-z0-9_.-]+/g, c => words[c] ?? words[c.replace(/\.+$/, '')] ?? c);
// What a finding names (where, found, wanted), by the lists where people have words for it; tests/style/catalogue holds that the daemon's names have some.
const LISTS = ['term', 'who', 'field', 'state', 'move', 'container', 'direction', 'order', 'copy', 'role', 'part', 'period'];
const known = value => LISTS.map(list => words[`web.${list}.${value.replaceAll(' ', '-')}`]).find(Boolean);
export const term = value => /^[a-z][a-z _-]*(, [a-z][a-z _-]*)*$/.test(value) ? value.split(', ').map(v => known(v) ?? v).join(', ') : inWords(value);
// A value of a fixed list (state, move, role …), as people call it.
export const name = (list, value) => value ? words[`web.${list}.${value}`] ?? value : '';

export function time(value) {
	if (!value)
		return '';
	return new Intl.DateTimeFormat(document.documentElement.lang === 'en' ? 'en-GB' : 'vi-VN',
		{dateStyle: 'short', timeStyle: 'short', timeZone: 'Asia/Ho_Chi_Minh'}).format(new Date(value));
}

// The day of an instant, in Vietnam.
export function dayOf(value) {
	return value ? new Intl.DateTimeFormat('en-GB', {day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'Asia/Ho_Chi_Minh'}).format(new Date(value)) : '';
}

export function day(value) {
	return value ? value.slice(0, 10).split('-').reverse().join('/') : '';
}

export const bytes = n => `${new Intl.NumberFormat(document.documentElement.lang).format(n)} byte`;
