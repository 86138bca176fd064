// contents: what is signed and is no PDF is seen before it is signed, from the very bytes that the digest approved is of; what cannot be seen is said, and asked for.
import {readFileSync, renameSync} from 'node:fs';
import {createHash} from 'node:crypto';
import {plan, phone, wide, test, equal, ok, desk, shot, audit, run} from './browser.mjs';
import {button, heading, menu, row, state, signIn, person, fromInbox, did, submitted} from './people.mjs';

const base64 = bytes => Buffer.from(bytes).toString('base64');
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');
const read = name => readFileSync(`${plan.work}/${name}`);
const file = (name, bytes) => ({name, base64: base64(bytes), sha256: sha256(bytes)});

// Opens the form of signing for a document that waits, and prepares.
async function prepared(leader, subject, choose = async () => {}, why = 'Cần ký', move = 'Ký số') {
	await fromInbox(leader, subject, why);
	await leader.locator('.moves').getByRole('button', {name: move, exact: true}).click();
	const form = leader.locator('form.card');
	await form.getByText('Lựa chọn khác').click();
	await choose(form);
	await button(leader, 'Chuẩn bị và xem trước').click();
	return form;
}

async function fromDocuments(page, subject) {
	await menu(page, 'Văn bản');
	await row(page, subject).click();
	await heading(page, subject);
}

const content = (form, name) => form.locator('.content').filter({has: form.page().locator('strong', {hasText: new RegExp(`^${name.replaceAll('.', '\\.')}$`)})});
const pin = form => form.getByLabel(/PIN/);

async function signs(leader, form) {
	await pin(form).fill(plan.pins.leader1);
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await state(leader, 'Đã ký');
}

const line = n => `Dòng ${n}: đề nghị các đơn vị báo cáo trước ngày 15 hằng tháng về Văn phòng Quận ủy theo mẫu kèm theo.\r\n`;
const long = `BÁO CÁO\r\n<script>document.title='HỎNG'</script><img src=x onerror=document.title='HỎNG'>\tCột\r\nSố tiền: \u202e000.1\u202c đồng, không phải [U+202E]\r\n${
	Array.from({length: 700}, (_, n) => line(n + 1)).join('')}${'dài'.repeat(15000)}\r\nHết.`;

test('a text is shown whole and as text before the PIN is asked, and its digest is what is approved', async () => {
	const subject = 'V/v báo cáo dài bằng chữ', author = await person('chuyenvien'), leader = await person('bithu');
	await submitted(author, subject, 'bithu', [file('bao-cao-dai.txt', long)]);
	const form = await prepared(leader, subject);
	const box = form.locator('pre.text'), press = name => form.getByRole('button', {name, exact: true}).click();
	await pin(form).waitFor();
	ok((await form.locator('ol.files > li').innerText()).includes(`SHA256 ${sha256(long)}`), 'the digest approved is the file\'s');
	await audit(leader, 'text before signing');
	await shot(leader, 'content-text');
	let whole = '', pages = 0;
	for (;; pages++) {
		await form.getByText(`Trang ${pages + 1}/5`, {exact: true}).waitFor();
		const text = await box.evaluate(e => e.textContent);
		ok(text.length <= 30000 + 32 && await box.evaluate(e => e.scrollTop) === 0, `a page of ${text.length}`);
		whole += text;
		if (pages === 0)
			equal(await box.locator('mark').allInnerTexts(), ['[U+202E]', '[U+202C]'], 'what is not seen and turns text around');
		if (await form.getByRole('button', {name: 'Trang sau', exact: true}).isDisabled())
			break;
		await box.evaluate(e => { e.scrollTop = 50; });
		await press('Trang sau');
	}
	equal(pages + 1, 5, 'pages of the text');
	ok(whole === long.replaceAll('\r\n', '\n').replace('\u202e', '[U+202E]').replace('\u202c', '[U+202C]'), 'nothing of the text is left out or changed');
	ok(!(await leader.title()).startsWith('HỎNG') && await leader.locator('main script, main img[src=x]').count() === 0, 'nothing of it runs');
	await press('Trang trước');
	await form.getByText('Trang 4/5', {exact: true}).waitFor();
	await leader.setViewportSize(phone);
	await audit(leader, 'text before signing on a telephone');
	await shot(leader, 'content-text-phone');
	await leader.setViewportSize(wide);
	await signs(leader, form);
	await leader.locator('pre.text').filter({hasText: 'BÁO CÁO'}).waitFor();
	await shot(leader, 'content-text-document');
});

// A picture that a browser makes: JPEG as a scanner writes it.
const jpeg = page => page.evaluate(async () => {
	const canvas = document.createElement('canvas'), g = canvas.getContext('2d');
	[canvas.width, canvas.height] = [1600, 2260];
	[g.fillStyle, g.font] = ['#fff', '60px sans-serif'];
	g.fillRect(0, 0, 1600, 2260);
	g.fillStyle = '#000';
	g.fillText('BIÊN BẢN HỌP', 500, 300);
	return canvas.toDataURL('image/jpeg').split(',')[1];
});

test('every file of a container: pictures, pages and text are shown; what cannot be asks for a tick before the PIN', async () => {
	const subject = 'V/v biên bản kèm hồ sơ nhiều loại tệp', author = await person('chuyenvien'), leader = await person('bithu');
	const broken = Buffer.from(read('seal.png').subarray(0, 200)), docx = read('du-thao.docx');
	const files = [file('bien-ban.jpg', Buffer.from(await jpeg(author), 'base64')), file('dau.png', read('seal.png')), file('phu-luc.pdf', read('phu-luc.pdf')),
		file('so-lieu.csv', 'đơn vị,số\nVăn phòng,3\n'), file('du-thao.docx', docx), file('hong.png', broken)];
	await submitted(author, subject, 'bithu', files);
	const form = await prepared(leader, subject);
	await content(form, 'hong.png').waitFor();
	const ticks = form.getByRole('checkbox', {name: /^Tôi đã xem nội dung tệp này bằng cách khác/});
	equal(await ticks.count(), 2, 'files that cannot be shown');
	for (const f of files)
		ok((await content(form, f.name).innerText()).includes(f.sha256), `the digest of ${f.name}`);
	for (const name of ['bien-ban.jpg', 'dau.png', 'phu-luc.pdf'])
		ok(await content(form, name).getByRole('img').evaluate(i => i.decode().then(() => i.naturalWidth >= 100)), `${name} is drawn`);
	equal(await content(form, 'so-lieu.csv').locator('pre').evaluate(e => e.textContent), 'đơn vị,số\nVăn phòng,3\n', 'the text of an attachment');
	await content(form, 'bien-ban.jpg').getByText('1600 × 2260').waitFor();
	const fitted = await content(form, 'bien-ban.jpg').getByRole('img').evaluate(i => i.clientWidth);
	await content(form, 'bien-ban.jpg').getByRole('button', {name: 'Cỡ thật', exact: true}).click();
	ok(fitted < 1600 && await content(form, 'bien-ban.jpg').getByRole('img').evaluate(i => i.clientWidth) === 1600, 'full size');
	for (const name of ['du-thao.docx', 'hong.png'])
		await content(form, name).getByText('Không xem được nội dung tệp này ở đây').waitFor();
	const [download] = await Promise.all([leader.waitForEvent('download'), content(form, 'du-thao.docx').getByRole('button', {name: 'Tải về', exact: true}).click()]);
	ok(download.suggestedFilename() === 'du-thao.docx' && readFileSync(await download.path()).equals(docx), 'the file comes down as it will be signed');
	await audit(leader, 'contents before signing');
	await shot(leader, 'contents');
	ok(!await pin(form).isVisible(), 'no PIN before what cannot be shown is ticked');
	await ticks.nth(0).check();
	ok(!await pin(form).isVisible(), 'no PIN before all of it is ticked');
	await button(leader, 'Xem lại các trang').click();
	ok(await ticks.nth(1).evaluate(i => i.matches(':invalid')) && !await pin(form).isVisible(), 'the button does not get around it');
	await ticks.nth(1).check();
	await pin(form).fill(plan.pins.leader1);
	await ticks.nth(0).uncheck();
	ok(!await pin(form).isVisible() && await form.locator('.pin input').inputValue() === '', 'taken back, the PIN is gone');
	await ticks.nth(0).check();
	await signs(leader, form);
	const container = leader.locator('li', {has: leader.locator('button.file', {hasText: /^bien-ban\.jpg\.asice$/})}).last();
	await container.getByRole('button', {name: 'Kiểm tra chữ ký', exact: true}).click();
	await container.locator('li.passed', {hasText: 'TOTAL-PASSED'}).first().waitFor();
	// the container as who receives it has it: what is in it, and each file to take out
	await container.getByRole('button', {name: 'Các tệp bên trong', exact: true}).click();
	for (const f of files) {
		const entry = container.locator('li').filter({hasText: /tệp được ký · [0-9.]+ byte$/}).getByRole('button', {name: f.name, exact: true});
		const [taken] = await Promise.all([leader.waitForEvent('download'), entry.click()]);
		ok(taken.suggestedFilename() === f.name && sha256(readFileSync(await taken.path())) === f.sha256, `${f.name} is taken out as it was put in`);
	}
	await container.locator('li').filter({hasText: /META-INF\/.*\.p7s chữ ký · /}).waitFor();
	await container.locator('li').filter({hasText: 'danh sách tệp được ký'}).first().waitFor();
	await audit(leader, 'files inside');
	await shot(leader, 'inside');
});

test('bytes that are not those to be signed are not shown, and there is no PIN', async () => {
	const subject = 'V/v tệp bị tráo', author = await person('chuyenvien'), leader = await person('bithu');
	await submitted(author, subject, 'bithu', [file('goc.txt', 'Số tiền: 1.000.000 đồng'), file('kem.txt', 'Bản gốc')]);
	const contents = '**/versions/*/content';
	await leader.route(contents, r => r.fulfill({contentType: 'text/plain', body: 'Số tiền: 9.000.000 đồng'}));
	let form = await prepared(leader, subject, f => f.getByLabel('Ký cùng các phụ lục').uncheck());
	await form.getByRole('alert').filter({hasText: 'goc.txt: tệp được đưa ra xem không phải tệp sẽ ký'}).waitFor();
	ok(!await form.getByText('9.000.000').count() && !await pin(form).isVisible(), 'the exchanged text is not shown, no PIN is asked');
	await audit(leader, 'an exchanged file');
	await shot(leader, 'content-exchanged');
	await leader.unroute(contents);
	await button(leader, 'Xem lại các trang').click();
	await pin(form).waitFor();
	// a container whose manifest names another file than the ones listed
	await leader.reload();
	await leader.evaluate(() => {
		const before = globalThis.fetch;
		globalThis.fetch = async (path, ...more) => {
			const r = await before(path, ...more);
			return /\/tail$/.test(path) ? new Response((await r.text()).replace('kem.txt', 'ken.txt')) : r;
		};
		globalThis.mend = () => { globalThis.fetch = before; };
	});
	form = await prepared(leader, subject);
	await form.getByRole('alert').filter({hasText: /V\/v tệp bị tráo: tệp được đưa ra xem không phải tệp sẽ ký/}).waitFor();
	ok(!await pin(form).isVisible(), 'no PIN for a manifest that is not the one listed');
	await leader.evaluate(() => globalThis.mend());
	await button(leader, 'Xem lại các trang').click();
	await signs(leader, form);
});

test('a PDF whose bytes are not those of the digest is not shown, and there is no PIN', async () => {
	const subject = 'V/v thư bị tráo', author = await person('chuyenvien'), leader = await person('bithu');
	await submitted(author, subject, 'bithu', [{name: 'thu.pdf', base64: base64(read('thu.pdf'))}], {signer_name: 'Nguyễn Văn Mẫu'});
	await fromInbox(leader, subject, 'Cần ký');
	// one byte of the version, of what is appended, of the hole; a byte range over less; the answers still say that they are whole
	await leader.evaluate(() => {
		const before = globalThis.fetch, latin = new TextDecoder('latin1'), bytes = t => Uint8Array.from(t, c => c.charCodeAt(0));
		const edit = (path, alter) => async (asked, ...more) => {
			const r = await before(asked, ...more);
			return path.test(asked) ? new Response(bytes(alter(latin.decode(await r.arrayBuffer())))) : r;
		};
		const turned = (t, at) => t.slice(0, at) + String.fromCharCode(t.charCodeAt(at) ^ 1) + t.slice(at + 1);
		globalThis.lies = [edit(/\/content$/, t => turned(t, 700)), edit(/\/tail$/, t => turned(t, 20)), edit(/\/tail$/, t => turned(t, t.lastIndexOf('<0000') + 3)),
			edit(/\/tail$/, t => t.replace(/(ByteRange *\[ *0+ +\d+ +\d+ +)(\d+)/, (all, head, n) => head + String(n - 1).padStart(n.length, '0'))), edit(/\/tail$/, t => t.replace('/ByteRange', '/BytesRange')),
			before];
		globalThis.lie = () => { globalThis.fetch = globalThis.lies.shift(); };
		globalThis.lie();
	});
	await leader.locator('.moves').getByRole('button', {name: 'Ký số', exact: true}).click();
	const form = leader.locator('form.card');
	await button(leader, 'Chuẩn bị và xem trước').click();
	const alert = form.getByRole('alert').filter({hasText: 'tệp được đưa ra xem không phải tệp sẽ ký'});
	for (let i = 0; i < 5; i++) {
		await alert.waitFor();
		ok(!await pin(form).isVisible() && !await form.getByRole('img').first().getAttribute('src'), `lie ${i}: nothing is shown, no PIN is asked`);
		await leader.evaluate(() => globalThis.lie());
		await button(leader, 'Xem lại các trang').click();
	}
	await pin(form).waitFor();
	await audit(leader, 'a PDF before signing');
	const [taken] = await Promise.all([leader.waitForEvent('download'), form.getByRole('button', {name: 'Tải về đúng tệp sẽ ký', exact: true}).click()]);
	const whole = readFileSync(await taken.path()).toString('latin1'), hole = /<0{1000,}>/.exec(whole);
	const digest = sha256(Buffer.from(whole.slice(0, hole.index) + whole.slice(hole.index + hole[0].length), 'latin1'));
	ok(taken.suggestedFilename() === 'thu.pdf' && (await form.locator('ol.files > li').innerText()).includes(`SHA256 ${digest}`), 'what is taken is what the digest approved is of');
	await shot(leader, 'pdf-before-signing');
	await signs(leader, form);
});

test('several documents are signed in one approval, by one PIN; one that cannot be prepared is said', async () => {
	const author = await person('chuyenvien'), leader = await person('bithu'), signer = {signer_name: 'Nguyễn Văn Mẫu'};
	const letter = {name: 'thu.pdf', base64: base64(read('thu.pdf'))}, table = file('so-lieu.csv', 'đơn vị,số\nVăn phòng,3\n');
	const subjects = ['V/v thư thứ nhất', 'V/v báo cáo thứ hai', 'V/v thư thứ ba có phụ lục'];
	await submitted(author, subjects[0], 'bithu', [letter], signer);
	await submitted(author, subjects[1], 'bithu', [file('hai.txt', 'Báo cáo thứ hai.')]);
	await submitted(author, subjects[2], 'bithu', [letter, table], signer);
	await submitted(author, 'V/v thư không tên người ký', 'bithu', [letter]); // the place of its signature cannot be found
	await submitted(author, 'V/v để lần sau', 'bithu');
	await menu(leader, 'Việc cần làm');
	await leader.getByRole('link', {name: /^Ký nhiều văn bản \(\d+\)$/}).click();
	await heading(leader, 'Ký nhiều văn bản');
	const form = leader.locator('form.card'), sent = [];
	leader.on('request', r => r.url().endsWith('/v1/signings/approve') && sent.push(JSON.parse(r.postData()).signings.length));
	for (const box of await form.getByRole('checkbox').all())
		await box.uncheck();
	await button(leader, 'Chuẩn bị và xem trước').click();
	await form.getByRole('alert').filter({hasText: 'Chưa chọn văn bản nào'}).waitFor();
	for (const s of [...subjects, 'V/v thư không tên người ký'])
		await form.getByRole('checkbox', {name: s, exact: true}).check();
	await audit(leader, 'several to choose');
	leader.refusals.add(422);
	await button(leader, 'Chuẩn bị và xem trước').click();
	await pin(form).waitFor();
	await leader.locator('ul.outcomes li.failed').filter({hasText: 'V/v thư không tên người ký'}).waitFor();
	const listed = await form.locator('ol.files > li').allInnerTexts();
	ok(listed.length === 4 && subjects.every(s => listed.some(l => l.includes(s))) && listed[3].includes('so-lieu.csv'), `what is approved is listed: ${listed}`);
	equal(await form.locator('ol.files > li img.page').evaluateAll(list => Promise.all(list.map(i => i.decode().then(() => i.naturalWidth > 100)))), [true, true], 'letters drawn');
	await form.getByText('Báo cáo thứ hai.').waitFor();
	await audit(leader, 'several to sign');
	await shot(leader, 'several');
	leader.refusals.add(403);
	await pin(form).fill('999999');
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await form.getByRole('alert').filter({hasText: 'Sai mã PIN'}).waitFor();
	equal(await leader.locator('ul.outcomes li.passed').count(), 0, 'signed with a wrong PIN');
	await pin(form).fill(plan.pins.leader1);
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await leader.locator('ul.outcomes li.passed').nth(2).waitFor();
	equal(sent, [4, 4], 'signatures in each approval');
	const outcomes = await leader.locator('ul.outcomes li.passed').allInnerTexts();
	ok(subjects.every((s, i) => outcomes[i].startsWith(`${s} · Đã ký · Mức chữ ký B-T`)), `what became of each: ${outcomes}`);
	ok(!await form.count(), 'nothing is left to approve');
	await audit(leader, 'several signed');
	await shot(leader, 'several-signed');
	await menu(leader, 'Việc cần làm');
	await row(leader, 'V/v để lần sau').waitFor();
	for (const s of subjects)
		equal(await row(leader, s).count(), 0, `${s} waits`);
});

// What the daemon would have approved is changed on its way to the page.
const otherDigest = page => page.evaluate(() => {
	const before = globalThis.fetch;
	globalThis.fetch = async (path, options) => {
		const r = await before(path, options);
		if (path !== '/v1/signings' || options.method !== 'POST' || r.status !== 201)
			return r;
		const value = await r.json();
		return new Response(JSON.stringify({...value, digest: value.digest.replace(/^./, c => c === '0' ? '1' : '0')}), {status: 201});
	};
});

test('the office counter-signs the leader\'s signature, which is said with the document before the PIN', async () => {
	const subject = 'V/v tờ trình ký xác nhận', author = await person('chuyenvien'), leader = await person('bithu'), clerk = await person('vanthu');
	await submitted(author, subject, 'bithu', [file('to-trinh.txt', 'Tờ trình bằng chữ thường.\n')]);
	await signs(leader, await prepared(leader, subject));
	await fromInbox(clerk, subject, 'Cần cấp số');
	await did(clerk, 'Cấp số');
	await state(clerk, 'Đã cấp số');
	const over = f => f.getByLabel('Ký xác nhận lên chữ ký').selectOption({label: 'to-trinh.txt.p7s'});
	const start = () => prepared(clerk, subject, over, 'Cần đóng dấu', 'Ký số cơ quan');
	await otherDigest(clerk);
	let form = await start();
	await form.getByRole('alert').filter({hasText: 'to-trinh.txt.p7s: tệp được đưa ra xem không phải tệp sẽ ký'}).waitFor();
	ok(!await pin(form).isVisible(), 'no PIN for the digest of something else');
	await clerk.reload();
	form = await start();
	await pin(form).waitFor();
	await form.getByText('Ký xác nhận lên chữ ký: to-trinh.txt.p7s').waitFor();
	equal(await form.locator('li.passed').count(), 1, 'signatures that are signed over');
	const leaders = await form.locator('li.passed').innerText();
	ok(/TOTAL-PASSED · B-T · .*CN=/.test(leaders), `whose signature it is: ${leaders}`);
	equal(await form.locator('pre.text').evaluate(e => e.textContent), 'Tờ trình bằng chữ thường.\n', 'the document under it');
	await audit(clerk, 'counter-signing');
	await shot(clerk, 'counter');
	await pin(form).fill(plan.pins.office);
	await form.getByRole('button', {name: 'Ký số cơ quan', exact: true}).click();
	await state(clerk, 'Đã đóng dấu');
	const line = clerk.locator('li', {has: clerk.locator('button.file', {hasText: /^to-trinh\.txt$/})}).last();
	await line.getByRole('button', {name: 'Kiểm tra chữ ký', exact: true}).click();
	await line.locator('li.passed li.passed', {hasText: 'TOTAL-PASSED'}).waitFor();
	const [first, second] = await line.locator('li.passed').evaluateAll(list => list.map(e => e.firstChild.textContent));
	ok(leaders.startsWith(first) && first !== second, `the leader's, and the office's over it: ${first} / ${second}`);
	await shot(clerk, 'counter-signed');
});

test('a letter with attachments of several kinds is signed in one act; what is left unsealed goes only when the clerk says so', async () => {
	const subject = 'V/v gửi kèm bảng tính và dự thảo', author = await person('chuyenvien'), leader = await person('bithu'), clerk = await person('vanthu');
	const files = [file('thu.pdf', read('thu.pdf')), file('phu-luc.pdf', read('phu-luc.pdf')), file('du-thao.docx', read('du-thao.docx')), file('so-lieu.csv', 'đơn vị,số\nVăn phòng,3\n')];
	await submitted(author, subject, 'bithu', files, {signer_name: 'Nguyễn Văn Mẫu'});
	const form = await prepared(leader, subject, f => f.getByLabel('Hình thức chữ ký của phụ lục không phải PDF').selectOption({label: 'gói ASiC-E, .asice (CAdES)'}));
	await form.getByRole('checkbox', {name: /^Tôi đã xem nội dung tệp này bằng cách khác/}).check();
	await pin(form).waitFor();
	const shown = await form.locator('ol.files > li').allInnerTexts(), [pdf, container] = ['chữ ký trong tệp PDF (PAdES)', 'gói ASiC-E, .asice (CAdES)'];
	equal(shown.map(t => t.split('\n')[1]), [pdf, pdf, container, container], 'the form that each file gets');
	for (const f of files.slice(2))
		ok((await content(form, f.name).innerText()).includes(f.sha256), `the digest of ${f.name}`);
	await audit(leader, 'several forms');
	await shot(leader, 'several-forms');
	await signs(leader, form);
	for (const f of files) {
		const line = leader.locator('li', {has: leader.locator('button.file', {hasText: new RegExp(`^${f.name.replaceAll('.', '\\.')}$`)})}).last();
		await line.getByRole('button', {name: 'Kiểm tra chữ ký', exact: true}).click();
		await line.locator('li.passed', {hasText: 'TOTAL-PASSED'}).waitFor();
	}
	await shot(leader, 'several-forms-signed');
	await fromInbox(clerk, subject, 'Cần cấp số');
	await did(clerk, 'Cấp số');
	await state(clerk, 'Đã cấp số');
	const sealing = await prepared(clerk, subject, f => f.getByLabel('Ký cùng các phụ lục').uncheck(), 'Cần đóng dấu', 'Ký số cơ quan');
	await pin(sealing).fill(plan.pins.office);
	equal(await sealing.locator('ol.files > li').count(), 1, 'files of the list');
	await sealing.getByRole('button', {name: 'Ký số cơ quan', exact: true}).click();
	await state(clerk, 'Đã đóng dấu');
	clerk.refusals.add(422); // they have the leader's signature, not the office's
	await did(clerk, 'Gửi đi');
	const sending = clerk.locator('form.card');
	await sending.getByRole('alert').filter({hasText: /Tệp kèm theo này chưa có chữ ký số của cơ quan · tệp kèm theo · du-thao\.docx → xác nhận phát hành cả tệp chưa ký/}).waitFor();
	await audit(clerk, 'dispatch');
	await sending.getByLabel('Phát hành cả tệp kèm theo chưa có chữ ký số của cơ quan').check();
	await sending.getByRole('button', {name: 'Gửi đi', exact: true}).click();
	await state(clerk, 'Đã gửi');
});

test('what comes late is not shown over the page that the person has gone on to', async () => {
	const page = await person('vanthu');
	await fromDocuments(page, 'V/v tờ trình ký xác nhận');
	const address = page.url();
	let letGo = null;
	const held = new Promise(done => { letGo = done; });
	await page.route('**/v1/documents/*/history', async r => { await held; await r.continue(); });
	await menu(page, 'Việc cần làm');
	await page.goto(address);
	await menu(page, 'Sổ đăng ký');
	const late = page.waitForResponse('**/v1/documents/*/history');
	letGo();
	await (await late).finished();
	await page.evaluate(() => new Promise(done => setTimeout(done, 200)));
	await heading(page, 'Sổ đăng ký');
	await page.unroute('**/v1/documents/*/history');
});

// A file of a version as the office gives it to whoever may see the document.
async function stored(page, subject, name) {
	const text = await page.evaluate(async ([about, file]) => {
		const get = path => fetch(path, {headers: {Authorization: `Bearer ${sessionStorage.getItem('congvan.token')}`}});
		const {items} = await (await get(`/v1/documents?${new URLSearchParams({q: about})}`)).json();
		const document = await (await get(`/v1/documents/${items.find(d => d.subject === about).id}`)).json();
		const version = document.versions.filter(v => v.name === file).at(-1);
		const bytes = new Uint8Array(await (await get(`/v1/documents/${document.id}/versions/${version.id}/content`)).arrayBuffer());
		return btoa(bytes.reduce((all, b) => all + String.fromCharCode(b), ''));
	}, [subject, name]);
	return Buffer.from(text, 'base64');
}

// The file with one more revision, as a program writes it that has changed its catalogue: nothing of the signed bytes is touched.
function changed(pdf) {
	const text = pdf.toString('latin1'), last = pattern => [...text.matchAll(pattern)].at(-1)[1];
	const [root, size, before] = [/\/Root (\d+) 0 R/g, /\/Size (\d+)/g, /startxref\s+(\d+)/g].map(last);
	const catalogue = [...text.matchAll(new RegExp(`(?:^|\\s)${root} 0 obj\\s*(<<[\\s\\S]*?)endobj`, 'g'))].at(-1)[1].trim().replace(/>>$/, '/PageMode /FullScreen >>');
	const object = `\n${root} 0 obj\n${catalogue}\nendobj\n`, offset = String(pdf.length + 1).padStart(10, '0');
	const table = `xref\n${root} 1\n${offset} 00000 n \ntrailer\n<< /Size ${size} /Root ${root} 0 R /Prev ${before} >>\nstartxref\n${pdf.length + object.length}\n%%EOF\n`;
	return Buffer.concat([pdf, Buffer.from(object + table, 'latin1')]);
}

const asFile = (name, buffer, mimeType = 'application/octet-stream') => ({name, mimeType, buffer});

test('any file of one\'s own is judged: what it says of time, of changes and of what is missing; no document comes of it', async () => {
	const clerk = await person('vanthu'), page = await person('luutru'), letters = 'V/v gửi kèm bảng tính và dự thảo', text = 'V/v tờ trình ký xác nhận';
	const pdf = await stored(clerk, letters, 'thu.pdf'), container = await stored(clerk, letters, 'du-thao.docx.asice');
	const plain = await stored(clerk, text, 'to-trinh.txt'), beside = await stored(clerk, text, 'to-trinh.txt.p7s');
	const documents = () => page.evaluate(async () => (await (await fetch('/v1/documents?limit=200', {headers: {Authorization: `Bearer ${sessionStorage.getItem('congvan.token')}`}})).json()).items.length);
	const before = await documents();
	await menu(page, 'Kiểm tra tệp');
	await audit(page, 'checking a file');
	const form = page.locator('form.card'), verdict = page.locator('main > div .card');
	const judged = async (file, signature = []) => {
		await form.getByLabel('Tệp (PDF, ASiC, .p7m, XML, hoặc tệp có chữ ký rời)').setInputFiles(file);
		await form.getByLabel('Tệp chữ ký rời (.p7s), nếu có').setInputFiles(signature);
		equal(await verdict.count(), 0, 'the verdict on another file');
		await button(page, 'Kiểm tra chữ ký').click();
	};
	await judged(asFile('thư của tôi.pdf', pdf, 'application/pdf'));
	await verdict.getByRole('heading', {name: 'thư của tôi.pdf', exact: true}).waitFor();
	const first = verdict.locator('li.passed').first(), said = await first.innerText();
	ok(/^TOTAL-PASSED · B-T · .*CN=/.test(said), `the line of a signature: ${said}`);
	const moment = String.raw`\d\d:\d\d,? \d{1,2}\/\d{1,2}\/\d{2,4}`;
	ok(new RegExp(`thời điểm ký \\(tự khai\\): ${moment} · thời điểm ký \\(dấu thời gian\\): ${moment}`).test(said), `both times, each for what it is: ${said}`);
	ok(!said.includes('Nơi cấp chứng thư'), 'facts are folded away');
	await shot(page, 'check-file');
	await first.getByText('Chi tiết', {exact: true}).click();
	for (const wanted of ['nơi cấp chứng thư', 'Chứng thư có hiệu lực đến', 'Dấu thời gian của chữ ký'])
		await first.locator('dt', {hasText: wanted}).waitFor();
	await audit(page, 'the verdict on a file');
	await shot(page, 'check-file-details');
	for (const [label, suffix, begins] of [['Báo cáo kiểm tra (trang in)', '.html', '<!DOCTYPE html>'], ['Báo cáo XML (TS 119 102-2)', '.xml', '<?xml ']]) {
		const [got] = await Promise.all([page.waitForEvent('download'), button(page, label).click()]);
		const report = readFileSync(await got.path(), 'utf8');
		ok(got.suggestedFilename() === `thư của tôi.pdf${suffix}` && report.startsWith(begins) && /total-passed/i.test(report), `the report ${suffix}`);
	}
	// what was done after it
	await judged(asFile('thu-sua.pdf', changed(pdf)));
	const forged = verdict.locator('li.failed').first();
	await forged.getByText('Sau chữ ký này tệp đã bị thay đổi trái phép.').waitFor();
	await forged.locator('.failed', {hasText: 'Thay đổi của tệp sau chữ ký này:'}).locator('li').first().waitFor();
	await audit(page, 'the verdict on a file that was changed');
	await shot(page, 'check-file-changed');
	// beside its signature, in other words than were signed, and the signature alone
	await judged(asFile('to-trinh.txt', plain), asFile('to-trinh.txt.p7s', beside));
	await verdict.locator('li.passed', {hasText: 'TOTAL-PASSED'}).first().waitFor();
	await verdict.getByRole('heading', {name: 'to-trinh.txt + to-trinh.txt.p7s', exact: true}).waitFor();
	await judged(asFile('to-trinh.txt', Buffer.concat([plain, Buffer.from(' ')])), asFile('to-trinh.txt.p7s', beside));
	await verdict.locator('li.failed', {hasText: 'TOTAL-FAILED / HASH_FAILURE'}).getByText('Nội dung đã bị thay đổi sau khi ký.').first().waitFor();
	await judged(asFile('to-trinh.txt.p7s', beside));
	await verdict.locator('li.indeterminate').getByText('Thiếu văn bản gốc đã ký: đưa kèm tệp văn bản khi kiểm tra.').first().waitFor();
	await judged(asFile('du-thao.docx.asice', container));
	await verdict.locator('li.passed', {hasText: 'TOTAL-PASSED'}).first().waitFor();
	// nothing tells whether the certificate is revoked: valid with a warning (Circular 15/2025), what would lift it, and where it was asked for
	const list = `${plan.pki}/crls/issuing.crl`, warning = 'Cảnh báo: chưa kiểm tra được chứng thư có bị thu hồi hay không.';
	renameSync(list, `${list}.away`);
	for (let end = Date.now() + 60000, warned = 0; !warned && Date.now() < end;) { // the daemon looks at its folder of trust every ten seconds
		await judged(asFile('to-trinh.txt', plain), asFile('to-trinh.txt.p7s', beside));
		await verdict.locator('li.passed').first().waitFor();
		warned = await verdict.getByText(warning).count();
	}
	await verdict.locator('li.passed strong.indeterminate', {hasText: warning}).first().waitFor();
	ok((await verdict.locator('li.passed').first().innerText()).includes('Cần gì để hết cảnh báo:'), 'what would lift the warning');
	await verdict.locator('li.indeterminate', {hasText: /^Không lấy được dữ liệu thu hồi \(OCSP, CRL\) của chứng thư “.*Nguyễn Văn Mẫu/}).first().waitFor();
	await audit(page, 'a verdict with a warning');
	await shot(page, 'check-file-warning');
	renameSync(`${list}.away`, list);
	page.refusals.add(415).add(422);
	await judged(asFile('du-thao.docx.txt', Buffer.from('Không có chữ ký nào')));
	await form.getByRole('alert').filter({hasText: /Tệp này không thể chứa chữ ký số và không có chữ ký rời kèm theo · loại tệp · PDF, ASiC, \.p7m, XML$/}).waitFor();
	await shot(page, 'check-file-refused');
	await page.setViewportSize(phone);
	await judged(asFile('thu-sua.pdf', changed(pdf)));
	await forged.waitFor();
	await audit(page, 'the verdict on a telephone');
	await shot(page, 'check-file-phone');
	await page.setViewportSize(wide);
	equal(await documents(), before, 'documents that the person sees');
});

test('a key whose certificate ends within 30 days says when, and one that has ended says so', async () => {
	const subject = 'V/v chứng thư sắp hết hạn', author = await person('chuyenvien'), leader = await person('bithu'), page = await desk();
	await submitted(author, subject, 'bithu');
	await signIn(page, 'bithu');
	await heading(page, 'Việc cần làm');
	const {items: [key]} = await leader.evaluate(async () => (await fetch('/v1/keys', {headers: {Authorization: `Bearer ${sessionStorage.getItem('congvan.token')}`}})).json());
	const said = async days => { // what the list says so many days before the end
		await page.clock.setFixedTime(new Date(Date.parse(key.not_after) - days * 86400000));
		await fromInbox(page, subject, 'Cần ký');
		await page.locator('.moves').getByRole('button', {name: 'Ký số', exact: true}).click();
		return page.getByLabel('Khóa ký').locator('option').first().innerText();
	};
	equal(await said(31), key.subject, 'a month and a day before');
	const soon = await said(29);
	ok(soon.startsWith(`${key.subject} · chứng thư hết hạn lúc `) && /\d\d:\d\d,? \d{1,2}\/\d{1,2}\/\d{2,4}$/.test(soon), `within a month: ${soon}`);
	await audit(page, 'a key that ends soon');
	await shot(page, 'key-ends');
	ok((await said(-1)).startsWith(`${key.subject} · CHỨNG THƯ ĐÃ HẾT HẠN lúc `), 'a day after');
	await page.context().close();
});

process.exit(await run() === 0 ? 0 : 1);
