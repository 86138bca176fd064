// levels: the level that each signature made here holds; below the one wanted it is said what is missing, why, and when it is tried again.
import {say, name, time, inWords} from './text.js';
import {el} from './dom.js';

const ORDER = ['CMS', 'B-B', 'B-T', 'B-LT', 'B-LTA'];
export const below = (held, wanted) => ORDER.indexOf(held) < ORDER.indexOf(wanted);

// One signature: of a document's `levels`, or the outcome of an approval.
export function levelText({held, wanted, reason, next}) {
	if (!below(held, wanted))
		return [`${say('web.level')} ${held}`, next ? `${say('web.level.renewed')} ${time(next)}` : ''].filter(Boolean).join(' · ');
	return [`${say('web.level')} ${held}, ${say('cli.level.wanted')} ${wanted}: ${say(`web.level.missing.${wanted.toLowerCase()}`)}`, inWords(reason),
		next ? `${say('cli.level.next')} ${time(next)}` : say('web.level.never')].filter(Boolean).join(' · ');
}

export const outcomeLevel = o => ({held: o.level, wanted: o.wanted_level, reason: o.timestamp_error, next: o.next_try});

export function levelList(levels) {
	return el('ul', {class: 'levels'}, levels.map(l => el('li', {class: below(l.level_held, l.level_wanted) ? 'indeterminate' : ''},
		[name('role', l.role), l.by?.name, levelText({held: l.level_held, wanted: l.level_wanted, reason: l.reason, next: l.next_try})].filter(Boolean).join(' · '))));
}
