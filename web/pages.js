// pages: a document's pages as pictures made by a worker, one at a time with its number: the browser never opens the document itself.
import * as api from './api.js';
import {say} from './text.js';
import {el, fail} from './dom.js';

const numbers = (r, name) => (r.headers.get(name) || '').split(' ').map(Number);
const number = (r, name) => Number(r.headers.get(name)) || 0;

async function load(path) {
	const r = await api.answer(path, 'image/png');
	return {url: URL.createObjectURL(await r.blob()), page: number(r, 'Congvan-Page'), pages: number(r, 'Congvan-Pages'),
		signature: number(r, 'Congvan-Signature-Page'), box: numbers(r, 'Congvan-Page-Box'), rect: numbers(r, 'Congvan-Signature-Rect')};
}

// From the left upper corner of a picture (0 to 1) to points of the page, which is turned clockwise when shown.
function point([x0, y0, x1, y1, rotate], u, v) {
	const [a, b] = {0: [u, 1 - v], 90: [v, u], 180: [1 - u, v], 270: [1 - v, 1 - u]}[rotate];
	return [x0 + a * (x1 - x0), y0 + b * (y1 - y0)];
}

// path(page): of a page's picture; path(0) of the one that is shown first. `ready` is kept once the first picture is seen, and broken when there is none.
// place(page, rect): the person wants the signature, as large as it is, around the spot of a page that was clicked on.
export function pager(path, first = 0, place = null) {
	const picture = el('img', {class: 'page', alt: say('web.preview')});
	const count = el('span', {'aria-live': 'polite'});
	let page = first || 1, pages = 0, signature = 0, box = [], rect = [], turned = 0; // turned: the page that the signature is on; it is the first one shown
	const show = async to => {
		const got = await load(path(to));
		const before = picture.src;
		picture.src = got.url;
		await picture.decode();
		URL.revokeObjectURL(before);
		page = got.page || to;
		({pages, signature, box, rect} = got);
		if (page === signature)
			turned = box[4];
		if (move)
			move.hidden = rect.length !== 4 || box.length !== 5;
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
	const move = place && el('button', {type: 'button', hidden: true, 'aria-pressed': 'false', onclick: () => {
		move.setAttribute('aria-pressed', String(picture.classList.toggle('placing')));
	}}, say('web.place'));
	picture.addEventListener('click', e => {
		if (!picture.classList.contains('placing'))
			return;
		const at = picture.getBoundingClientRect(), sides = [(rect[2] - rect[0]) / 2, (rect[3] - rect[1]) / 2];
		const [w, h] = (box[4] - turned) % 180 === 0 ? sides : sides.reverse(); // the same to the eye
		const [u, v] = point(box, (e.clientX - at.left) / at.width, (e.clientY - at.top) / at.height);
		const within = (z, half, from, to) => to - from > 2 * half ? Math.min(Math.max(z, from + half), to - half) : (from + to) / 2; // wholly on the page
		const [x, y] = [within(u, w, box[0], box[2]), within(v, h, box[1], box[3])];
		place(page, [x - w, y - h, x + w, y + h]);
	});
	return {element: el('div', {class: 'pages'}, picture, el('div', {class: 'pager'}, back, count, on, jump, move)), ready: () => show(first)};
}
