// dom: elements without templates: text is always text, never markup, whatever a document's subject holds.

// Characters that are not seen but turn or hide what stands around them are shown by their number: a title reads as it is stored.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const plain = text => String(text).replace(UNSEEN, c => `[U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);

// The same with those marked, for text that is nothing else: the characters "[U+202E]" are not taken for one that is not seen.
export const marked = text => text.split(new RegExp(`(${UNSEEN.source})`)).map((t, i) => i % 2 ? el('mark', {}, t) : t).filter(t => t !== '');

export function el(tag, attributes = {}, ...children) {
	const e = document.createElement(tag);
	for (const [k, v] of Object.entries(attributes)) {
		if (k.startsWith('on'))
			e.addEventListener(k.slice(2), v);
		else if (v === true)
			e.setAttribute(k, '');
		else if (v !== false && v !== null && v !== undefined)
			e.setAttribute(k, v);
	}
	e.append(...children.flat(3).filter(c => c !== null && c !== undefined && c !== false).map(c => c instanceof Node ? c : plain(c)));
	return e;
}

export function show(...children) {
	const main = document.getElementById('main');
	main.replaceChildren(...children.flat(3).filter(Boolean));
	document.title = `${main.querySelector('h1')?.textContent || ''} · congvan`;
	main.focus({preventScroll: true});
}

// A file that the browser keeps as it keeps what is downloaded.
export function keep(blob, filename) {
	const url = URL.createObjectURL(blob);
	el('a', {href: url, download: filename}).click();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}

let goings = 0; // how often the person has gone to a page
export const goOn = () => ++goings;

// show for a page that asks the office first: what comes after the person has gone on is not shown over the page that is there now, be it the same one once more.
export function showing() {
	const going = goings;
	return (...children) => going === goings && show(...children);
}

export function notice(text, bad = false) {
	const n = el('div', {class: bad ? 'bad' : ''}, text);
	document.getElementById('notice').append(n);
	setTimeout(() => n.remove(), bad ? 12000 : 4000);
}

export const clearNotices = () => document.getElementById('notice').replaceChildren();

export const fail = e => notice(e.text || e.message, true);

// A form's button that works once at a time; what went wrong stands in the form, above its button.
export function onSubmit(form, work) {
	const button = form.querySelector('button[type=submit], button:not([type])');
	const wrong = el('p', {class: 'wrong', role: 'alert', hidden: true});
	button.before(wrong);
	form.addEventListener('submit', async event => {
		event.preventDefault();
		button.disabled = true;
		wrong.hidden = true;
		try {
			await work(new FormData(form));
		} catch (e) {
			wrong.textContent = plain(e.text || e.message);
			wrong.hidden = false;
		} finally {
			button.disabled = false;
		}
	});
	return form;
}

// Rows open by a click or Enter. In a narrow window a row is a few lines: the column `lead` (what a row is about) first, then the others with their headings (style.css);
// the roles are said because what is no table to look at stays one to a reader.
export function table(headings, rows, onOpen, lead = 0) {
	const cell = (c, i) => el('td', {role: 'cell', class: i === lead ? 'lead' : null, 'data-heading': headings[i]}, c ?? '');
	return el('div', {class: 'wide'}, el('table', {role: 'table'},
		el('thead', {role: 'rowgroup'}, el('tr', {role: 'row'}, headings.map(h => el('th', {scope: 'col', role: 'columnheader'}, h)))),
		el('tbody', {role: 'rowgroup'}, rows.map(({cells, open}) => {
			const row = el('tr', {role: 'row', ...open ? {class: 'open', tabindex: '0'} : {}}, cells.map(cell));
			if (open) {
				row.addEventListener('click', () => onOpen(open));
				row.addEventListener('keydown', e => { if (e.key === 'Enter') onOpen(open); });
			}
			return row;
		}))));
}
