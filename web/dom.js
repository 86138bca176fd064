// dom: elements without templates: text is always text, never markup, whatever a document's subject holds.
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
	e.append(...children.flat().filter(c => c !== null && c !== undefined && c !== false));
	return e;
}

export function show(...children) {
	const main = document.getElementById('main');
	main.replaceChildren(...children.flat().filter(Boolean));
	main.focus({preventScroll: true});
}

export function notice(text, bad = false) {
	const n = el('div', {class: bad ? 'bad' : ''}, text);
	document.getElementById('notice').append(n);
	setTimeout(() => n.remove(), bad ? 12000 : 4000);
}

export const fail = e => notice(e.text || e.message, true);

// A form's button that works once at a time and shows what went wrong.
export function onSubmit(form, work) {
	form.addEventListener('submit', async event => {
		event.preventDefault();
		const button = form.querySelector('button[type=submit], button:not([type])');
		button.disabled = true;
		try {
			await work(new FormData(form));
		} catch (e) {
			fail(e);
		} finally {
			button.disabled = false;
		}
	});
	return form;
}

export function table(headings, rows, onOpen) {
	return el('table', {},
		el('thead', {}, el('tr', {}, headings.map(h => el('th', {scope: 'col'}, h)))),
		el('tbody', {}, rows.map(({cells, open}) => {
			const row = el('tr', open ? {class: 'open', tabindex: '0'} : {}, cells.map(c => el('td', {}, c ?? '')));
			if (open) {
				row.addEventListener('click', () => onOpen(open));
				row.addEventListener('keydown', e => { if (e.key === 'Enter') onOpen(open); });
			}
			return row;
		})));
}
