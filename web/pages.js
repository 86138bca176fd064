// pages: a document's pages as pictures made by a worker, one at a time with its number: the browser never opens the document itself.
import * as api from './api.js';
import {say} from './text.js';
import {el, fail} from './dom.js';

const number = (r, name) => Number(r.headers.get(name)) || 0;

async function load(path) {
	const r = await api.answer(path, 'image/png');
	return {url: URL.createObjectURL(await r.blob()), page: number(r, 'Congvan-Page'), pages: number(r, 'Congvan-Pages'),
		signature: number(r, 'Congvan-Signature-Page')};
}

// path(page): of a page's picture; path(0) of the one that is shown first. `ready` is kept once the first picture is seen, and broken when there is none.
export function pager(path, first = 0) {
	const picture = el('img', {class: 'page', alt: say('web.preview')});
	const count = el('span', {'aria-live': 'polite'});
	let page = first || 1, pages = 0, signature = 0;
	const show = async to => {
		const got = await load(path(to));
		const before = picture.src;
		picture.src = got.url;
		await picture.decode();
		URL.revokeObjectURL(before);
		page = got.page || to;
		({pages, signature} = got);
		const mark = signature === 0 ? 'web.page-unseen' : page === signature ? 'web.page-signature' : '';
		count.textContent = pages ? `${say('web.page')} ${page}/${pages}${mark ? ` · ${say(mark)}` : ''}` : String(page);
		back.disabled = page <= 1;
		on.disabled = pages > 0 && page >= pages;
		jump.hidden = !signature || page === signature;
	};
	const turn = to => show(to).catch(e => {
		if (e.status !== 404 && e.status !== 422) // after the last page, where nobody said how many there are
			fail(e);
	});
	const button = (code, text, to, hidden) => el('button', {type: 'button', hidden, onclick: () => turn(to()), 'aria-label': say(code)}, text);
	const back = button('web.previous', '‹', () => Math.max(1, page - 1)), on = button('web.next', '›', () => page + 1);
	const jump = button('web.to-signature', say('web.to-signature'), () => signature, true);
	return {element: el('div', {class: 'pages'}, picture, el('div', {class: 'pager'}, back, count, on, jump)), ready: () => show(first)};
}
