// outbox: what waits to be sent to other offices, or could not be: why, how often it was tried, when it is tried again.
import * as api from './api.js';
import {say, name, time, inWords} from './text.js';
import {el, showing, table, notice, fail} from './dom.js';

export async function outboxPage(me) {
	const show = showing();
	const [waiting, failed] = await Promise.all(['queued', 'failed'].map(state => api.all(`/v1/outbox?state=${state}`)));
	const again = async row => {
		await api.write('POST', api.path`/v1/outbox/${row.id}/retry`, {});
		notice(say('status.ok'));
		await outboxPage(me);
	};
	const button = row => el('button', {onclick: () => again(row).catch(fail)}, say('outbox.retry'));
	const rows = [...failed, ...waiting].map(o => ({cells: [o.receiver_code, [name('packet', o.kind), name('status', o.status_code)].filter(Boolean).join(' · '),
		el('span', {class: o.state === 'failed' ? 'state late' : 'state'}, name('state', o.state)), String(o.attempts), inWords(o.last_error), time(o.next_try),
		el('a', {href: `#/document/${encodeURIComponent(o.document)}`}, say('web.packet.document')), button(o)]}));
	show(el('h1', {}, say('web.outbox')), rows.length === 0 ? el('p', {class: 'empty'}, say('web.nothing')) :
		table([say('cli.col.receiver'), say('cli.col.kind'), say('cli.col.state'), say('cli.col.attempts'), say('cli.col.error'), say('web.next-try'), say('web.packet.document'),
			say('outbox.retry')], rows));
}
