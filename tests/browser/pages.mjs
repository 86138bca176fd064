// pages: a day of the office in the browser. The tests follow one another: the letter that comes in the first is answered, signed, sent and found in
// the later ones. What a person does is done as he does it: by labels and names of buttons, in Vietnamese.
import {copyFileSync, existsSync, readdirSync, readFileSync, renameSync} from 'node:fs';
import {plan, phone, wide, test, equal, ok, desk, shot, audit, tabStops, run} from './browser.mjs';
import {people, button, heading, menu, state, row, signIn, person, fromInbox, did, submitted} from './people.mjs';

const letter = 'V/v đóng góp ý kiến về chuyển đổi số', reply = 'V/v góp ý dự thảo kế hoạch chuyển đổi số';

function drop(packet) {
	copyFileSync(plan.packets[packet], `${plan.drop}/.${packet}`);
	renameSync(`${plan.drop}/.${packet}`, `${plan.drop}/${packet}.edxml`);
}

// What the daemon answered when pictures of prepared bytes were asked for: "signing page/pages signature's page".
function pictures(page) {
	const list = [];
	page.on('response', r => {
		const of = /\/v1\/signings\/([^/]+)\/preview/.exec(r.url()), h = r.headers();
		if (of && r.status() === 200)
			list.push(`${of[1]} ${h['congvan-page']}/${h['congvan-pages']} ${h['congvan-signature-page']}`);
	});
	return list;
}

const drawn = img => img.evaluate(i => i.decode().then(() => i.naturalWidth > 100));

// A letter of three pages and an appendix of two: each file is shown from the page with its signature, and the PIN is asked when both are seen.
async function signed(page, move, pin, picture, where) {
	await page.locator('.moves').getByRole('button', {name: move, exact: true}).click();
	const form = page.locator('form.card'), asked = pictures(page);
	await form.getByLabel('Ảnh chữ ký hoặc con dấu (PNG)').setInputFiles(picture);
	ok(!await form.getByLabel(/PIN/).isVisible(), 'no PIN before anything is seen');
	// the appendix cannot be shown at first: no PIN until it is
	page.refusals.add(503);
	const appendix = r => r.request().url().endsWith('/preview') && asked.length > 0;
	await page.route('**/v1/signings/*/preview', r => appendix(r) ? r.fulfill({status: 503, contentType: 'application/json', body: '{"title":"Bận"}'}) : r.continue());
	await button(page, 'Chuẩn bị và xem trước').click();
	await form.getByRole('alert').filter({hasText: 'Bận'}).waitFor();
	ok(!await form.getByLabel(/PIN/).isVisible(), 'no PIN before the appendix is seen');
	equal(asked.map(a => a.slice(37)), [where[0]], 'only the letter was seen');
	await page.unroute('**/v1/signings/*/preview');
	asked.length = 0;
	await button(page, 'Xem lại các trang').click();
	await form.getByLabel(/PIN/).fill(pin);
	equal(asked.map(a => a.slice(37)), where, 'pages shown before the PIN is asked');
	equal(new Set(asked.map(a => a.slice(0, 36))).size, 2, 'signings whose prepared bytes were shown');
	const imgs = form.getByRole('img');
	ok(await drawn(imgs.nth(0)) && await drawn(imgs.nth(1)), 'both are drawn');
	const files = await form.locator('ol.files > li').allInnerTexts();
	const [pdf, beside] = ['chữ ký trong tệp PDF (PAdES)', 'tệp chữ ký rời .p7s (CAdES)'];
	ok(files.length === 3 && files[0].includes(pdf) && files[1].includes(`· phu-luc.pdf\n${pdf}`) && files[2].includes(`· bang-tinh.txt\n${beside}`), `what is approved is listed, each with its form: ${files}`);
	equal(new Set(files.join(' ').match(/SHA256 [0-9a-f]{64}/g)).size, 3, 'digests of the list, the text shown being of one of them');
	return form;
}

test('a wrong password is refused in Vietnamese, beside the form', async () => {
	const page = people.vanthu = await desk();
	page.refusals.add(401);
	await heading(page, 'Đăng nhập');
	await audit(page, 'sign-in');
	await shot(page, 'sign-in');
	await signIn(page, 'vanthu', 'sai mat khau');
	await page.getByRole('alert').filter({hasText: /^Sai tên đăng nhập hoặc mật khẩu$/}).waitFor();
	equal(await page.evaluate(() => Object.keys(sessionStorage)), [], 'what the browser keeps');
	await shot(page, 'sign-in-refused');
	await signIn(page, 'vanthu');
	await heading(page, 'Việc cần làm');
	equal(await page.getByText('Sai tên đăng nhập').count(), 0, 'the refusal is gone');
});

test('a packet shows itself in the inbox without a reload', async () => {
	const page = await person('vanthu');
	drop('goi');
	await row(page, letter).waitFor();
	ok((await row(page, letter).innerText()).startsWith('Cần vào sổ'), 'why it waits');
	await audit(page, 'inbox');
	await shot(page, 'inbox');
});

test('the clerk registers; a refused move is said in Vietnamese', async () => {
	const page = await person('vanthu');
	await fromInbox(page, letter, 'Cần vào sổ');
	await page.waitForFunction(() => document.querySelector('img.page').naturalWidth > 100);
	await audit(page, 'document');
	await shot(page, 'document');
	const stale = await desk();
	await signIn(stale, 'vanthu');
	await heading(stale, 'Việc cần làm');
	await fromInbox(stale, letter);
	await stale.locator('.moves').getByRole('button', {name: 'Từ chối', exact: true}).click();
	await did(page, 'Vào sổ');
	await state(page, 'Đã vào sổ');
	stale.refusals.add(409).add(412);
	await stale.getByLabel('Lý do').fill('Gửi nhầm');
	await stale.locator('form.card').getByRole('button', {name: 'Từ chối', exact: true}).click();
	await stale.getByRole('alert').filter({hasText: /Có bản mới hơn|đã được sửa|trạng thái/}).waitFor();
	await shot(stale, 'refused-move');
	await stale.context().close();
});

test('the leader directs and assigns', async () => {
	const page = await person('bithu');
	await fromInbox(page, letter, 'Cần bút phê');
	await shot(page, 'leader-document');
	await did(page, 'Bút phê, giao việc', async form => {
		await audit(page, 'assignment');
		await form.getByLabel('Ý kiến chỉ đạo (bút phê)').fill('Giao Ban Tổ chức chủ trì tham mưu văn bản góp ý.');
		await form.getByLabel('Đơn vị chủ trì').selectOption({label: 'Ban Tổ chức'});
		await form.getByRole('checkbox', {name: 'Văn phòng', exact: true}).check();
		await form.getByLabel('Hạn xử lý').fill('2030-12-01');
		await shot(page, 'assignment');
	});
	await state(page, 'Đã giao');
	await page.locator('li', {hasText: 'Giao Ban Tổ chức chủ trì'}).first().waitFor();
});

// A look of its own beside the document: no picture to choose, the page is shown, the PIN is asked.
async function made(page, move, fill = async () => {}) {
	await page.locator('.moves').getByRole('button', {name: move, exact: true}).click();
	const form = page.locator('form.card');
	await form.getByRole('heading', {name: move}).waitFor();
	await fill(form);
	await audit(page, move);
	await button(page, 'Chuẩn bị và xem trước').click();
	await form.getByLabel(/PIN/).fill(plan.pins.office);
	ok(await form.getByRole('img').evaluate(i => i.decode().then(() => i.naturalWidth > 100)), 'the prepared page is shown before the PIN is asked');
	await shot(page, move);
	await form.getByRole('button', {name: move, exact: true}).click();
}

test('the clerk stamps a copy of what came', async () => {
	const page = await person('vanthu');
	await menu(page, 'Văn bản');
	await row(page, letter).click();
	await heading(page, letter);
	await made(page, 'Đóng dấu ĐẾN', form => form.getByLabel('Chuyển').fill('Ban Tổ chức Quận ủy'));
	await page.locator('li', {hasText: 'bản có dấu ĐẾN · đã đóng dấu ĐẾN'}).waitFor();
	await state(page, 'Đã giao');
});

test('a specialist of another unit does not see it, one of the lead unit accepts', async () => {
	const other = await person('chuyenvien2');
	equal(await row(other, letter).count(), 0, 'rows of another unit');
	const page = await person('chuyenvien');
	await fromInbox(page, letter, 'Được giao, cần nhận');
	other.refusals.add(404);
	await other.goto(page.url());
	await heading(other, 'Không có văn bản này, hoặc không được xem');
	await did(page, 'Nhận xử lý');
	await state(page, 'Đang xử lý');
});

test('the specialist drafts an answer and submits it', async () => {
	const page = await person('chuyenvien');
	await button(page, 'Soạn trả lời').click();
	await heading(page, 'Soạn thảo');
	await page.getByText('Trả lời văn bản: 345/UBND-TH').waitFor();
	await audit(page, 'draft');
	await page.getByLabel('Trích yếu').fill(reply);
	ok(await page.getByLabel('Ủy ban nhân dân tỉnh').isChecked(), 'the sender is the receiver of the answer');
	await page.getByLabel('Người ký', {exact: true}).fill('Nguyễn Văn Mẫu');
	await page.getByLabel('Chức vụ người ký').fill('Bí thư');
	await page.getByLabel('Tệp chính (PDF)').setInputFiles(plan.pdf);
	await page.getByLabel('Tệp kèm theo').setInputFiles(plan.appendices);
	await shot(page, 'draft');
	await button(page, 'Lưu').click();
	await heading(page, reply);
	await did(page, 'Trình ký', form => form.getByLabel('Lãnh đạo ký').selectOption({label: 'Nguyễn Văn Bí Thư · Bí thư'}));
	await state(page, 'Chờ ký');
	await shot(page, 'submitted');
});

test('the leader gives it back, the author mends it', async () => {
	const leader = await person('bithu'), author = await person('chuyenvien');
	await fromInbox(leader, reply, 'Cần ký');
	await did(leader, 'Trả lại', form => form.getByLabel('Lý do').fill('Bổ sung chức vụ người ký'));
	await state(leader, 'Bị trả lại');
	await fromInbox(author, reply, 'Bị trả lại, cần sửa');
	await author.locator('li', {hasText: 'Bổ sung chức vụ người ký'}).waitFor();
	await author.locator('.moves').getByRole('button', {name: 'Sửa thông tin', exact: true}).click();
	await author.getByLabel('Chức vụ người ký').fill('Bí thư Quận ủy');
	await author.getByLabel('Bản mới của tệp chính').setInputFiles(plan.pdf);
	await button(author, 'Lưu').click();
	await author.locator('dd', {hasText: 'Bí thư Quận ủy Nguyễn Văn Mẫu'}).waitFor();
	await did(author, 'Trình ký', form => form.getByLabel('Lãnh đạo ký').selectOption({label: 'Nguyễn Văn Bí Thư · Bí thư'}));
	await state(author, 'Chờ ký');
});

test('a wrong PIN changes nothing; the right one, sealed in the page, signs', async () => {
	const page = await person('bithu');
	await fromInbox(page, reply, 'Cần ký');
	page.refusals.add(403).add(422).add(400);
	let sent = '';
	page.on('request', r => { sent += r.postData() || ''; });
	const where = ['3/3 3', '1/2 0']; // the leader's signature; the appendix is signed without a sign on it
	let form = await signed(page, 'Ký số', '999999', plan.signature, where);
	await audit(page, 'signing');
	await shot(page, 'signing');
	const letterPages = form.locator('.pages').first();
	const press = label => letterPages.getByRole('button', {name: label, exact: true}).click();
	const at = text => letterPages.getByText(text, {exact: true}).waitFor();
	await at('Trang 3/3 · trang có chữ ký');
	ok(await letterPages.getByRole('button', {name: 'Trang sau', exact: true}).isDisabled(), 'after the last page');
	const last = await letterPages.getByRole('img').getAttribute('src');
	await press('Trang trước');
	await at('Trang 2/3');
	ok(last !== await letterPages.getByRole('img').getAttribute('src'), 'another picture');
	await press('Trang trước');
	await at('Trang 1/3');
	await press('Đến trang có chữ ký');
	await at('Trang 3/3 · trang có chữ ký');
	// the person's own place: clicked on, prepared once more, shown there as large as it was to the eye, and the PIN asked again; page 2 has another /Rotate
	const picture = letterPages.getByRole('img'), sizes = [];
	const put = async (number, point) => {
		await press('Đặt chữ ký chỗ khác (bấm lên trang)');
		const size = await picture.boundingBox();
		const placed = page.waitForResponse(r => r.url().endsWith('/preview') && r.headers()['congvan-signature-page'] === String(number));
		await picture.click({position: {x: size.width * 0.3, y: size.height * 0.75}});
		const said = (await placed).headers(), [box, rect] = ['congvan-page-box', 'congvan-signature-rect'].map(h => said[h].split(' ').map(Number));
		await at(`Trang ${number}/3 · trang có chữ ký`);
		const [a, b] = point, off = [(rect[0] + rect[2]) / 2 - (box[0] + a * (box[2] - box[0])), (rect[1] + rect[3]) / 2 - (box[1] + b * (box[3] - box[1]))];
		ok(off.every(o => Math.abs(o) < 3), `the middle of the signature is off by ${off} points`);
		sizes.push([rect[2] - rect[0], rect[3] - rect[1]].map(Math.round));
		await shot(page, `placed-${number}`);
	};
	await press('Trang trước');
	await at('Trang 2/3');
	await put(2, [0.75, 0.3]);
	await press('Trang trước');
	await at('Trang 1/3');
	await put(1, [0.3, 0.25]);
	ok(sizes[1][0] > sizes[1][1], 'a signature is wider than high');
	equal(JSON.stringify(sizes[0]), JSON.stringify([...sizes[1]].reverse()), 'its size on a page that is turned');
	equal(await form.getByLabel(/PIN/).inputValue(), '', 'the PIN for another file');
	await form.getByLabel(/PIN/).fill('999999');
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await form.getByRole('alert').filter({hasText: 'Sai mã PIN → số lần thử còn lại: 9'}).waitFor();
	await shot(page, 'wrong-pin');
	await page.reload();
	await state(page, 'Chờ ký');
	form = await signed(page, 'Ký số', plan.pins.leader1, plan.signature, where);
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await state(page, 'Đã ký');
	ok(sent.includes('activation') && !sent.includes(plan.pins.leader1), 'the PIN never leaves the page in the clear');
	await page.locator('ul.levels li').filter({hasText: 'chữ ký lãnh đạo · Nguyễn Văn Bí Thư · Mức chữ ký B-T'}).waitFor();
	await page.locator('li', {has: page.locator('button.file', {hasText: /^thu-dai\.pdf$/})}).last().getByRole('button', {name: 'Kiểm tra chữ ký', exact: true}).click();
	await page.locator('li.passed', {hasText: 'TOTAL-PASSED'}).waitFor();
	for (const [label, suffix, begins] of [['Báo cáo kiểm tra (trang in)', '.html', '<!DOCTYPE html>'], ['Báo cáo XML (TS 119 102-2)', '.xml', '<?xml ']]) {
		const [file] = await Promise.all([page.waitForEvent('download'), button(page, label).click()]);
		const text = readFileSync(await file.path(), 'utf8');
		ok(file.suggestedFilename().endsWith(suffix) && text.startsWith(begins) && /total-passed/i.test(text), `the report ${suffix}`);
	}
	await shot(page, 'signed');
});

test('the clerk numbers, seals and sends', async () => {
	const page = await person('vanthu');
	await fromInbox(page, reply, 'Cần cấp số');
	await did(page, 'Cấp số');
	await state(page, 'Đã cấp số');
	await page.locator('dd', {hasText: /^01-CV\/QU$/}).waitFor();
	const form = await signed(page, 'Ký số cơ quan', plan.pins.office, plan.seal, ['3/3 3', '1/2 1']);
	await shot(page, 'sealing');
	await form.getByRole('button', {name: 'Ký số cơ quan', exact: true}).click();
	await state(page, 'Đã đóng dấu');
	await did(page, 'Gửi đi'); // every file has the office's signature: nothing is asked
	await state(page, 'Đã gửi');
	// a name that begins with a dot is being written, and gone in a moment
	const lies = () => existsSync(plan.sent) && readdirSync(plan.sent).some(f => f[0] !== '.' && readFileSync(`${plan.sent}/${f}`, 'utf8').includes('CodeNotation>CV/QU<'));
	for (let i = 0; i < 300 && !lies(); i++)
		await page.waitForTimeout(100);
	ok(lies(), 'the packet lies in the receiver\'s folder');
	await page.reload();
	await page.locator('li', {hasText: 'Ủy ban nhân dân tỉnh: đã gửi'}).waitFor();
	await shot(page, 'sent');
});

test('a file that is no PDF is signed in a container of another level', async () => {
	const subject = 'V/v báo cáo bằng chữ thường', author = await person('chuyenvien'), leader = await person('bithu');
	await submitted(author, subject, 'bithu');
	await fromInbox(leader, subject, 'Cần ký');
	await leader.locator('.moves').getByRole('button', {name: 'Ký số', exact: true}).click();
	const form = leader.locator('form.card');
	await form.getByText('Lựa chọn khác').click();
	await form.getByLabel('Mức chữ ký').selectOption('B-LT');
	await form.getByLabel('Hình thức chữ ký').selectOption({label: 'gói ASiC-E với các tệp kèm theo (.asice)'});
	await audit(leader, 'choices');
	await shot(leader, 'choices');
	await button(leader, 'Chuẩn bị và xem trước').click();
	await form.getByLabel(/PIN/).fill(plan.pins.leader1);
	equal(await form.locator('pre.text').innerText(), 'Báo cáo.', 'the text that is signed');
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await state(leader, 'Đã ký');
	await leader.locator('ul.levels li').filter({hasText: 'Mức chữ ký B-LT'}).waitFor();
	for (const file of ['bao-cao.txt', 'bao-cao.txt.asice']) { // what is beside the file, and the container itself
		const line = leader.locator('li', {has: leader.locator('button.file', {hasText: new RegExp(`^${file.replaceAll('.', '\\.')}$`)})}).last();
		await line.getByRole('button', {name: 'Kiểm tra chữ ký', exact: true}).click();
		await line.locator('li.passed', {hasText: 'TOTAL-PASSED'}).waitFor();
		await line.getByRole('button', {name: 'Báo cáo kiểm tra (trang in)', exact: true}).waitFor();
	}
	await shot(leader, 'container');
});

test('a key with a PIN pad is asked for no PIN, and signs', async () => {
	const subject = 'V/v báo cáo ký bằng thẻ có bàn phím', author = await person('chuyenvien'), leader = await person('phobithu');
	await submitted(author, subject, 'phobithu');
	await fromInbox(leader, subject, 'Cần ký');
	await leader.locator('.moves').getByRole('button', {name: 'Ký số', exact: true}).click();
	const form = leader.locator('form.card');
	await button(leader, 'Chuẩn bị và xem trước').click();
	await form.getByText('Nhập mã PIN tại đầu đọc thẻ').waitFor();
	ok(!await form.getByLabel('PIN của khóa ký').isVisible(), 'no PIN is asked for');
	await audit(leader, 'PIN pad');
	await shot(leader, 'pin-pad');
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await state(leader, 'Đã ký');
});

test('another signer\'s key seals nothing until its code is said', async () => {
	const subject = 'V/v báo cáo khóa bộ ký đã thay', author = await person('chuyenvien'), leader = await person('bithu');
	await submitted(author, subject, 'bithu');
	await fromInbox(leader, subject, 'Cần ký');
	await leader.evaluate(() => localStorage.removeItem('congvan.signer'));
	await leader.reload(); // a new visit
	// at first the office offers a key that is not the signer's (a point of the curve, so that it can be sealed to): the page remembers it, and the signer opens nothing
	const other = '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5';
	const approvals = [];
	leader.on('request', r => r.url().endsWith('/approve') && approvals.push(r.postData()));
	await leader.route('**/v1/signer', r => r.fulfill({json: {activation_key: other, name: 'x'}}), {times: 1});
	await leader.locator('.moves').getByRole('button', {name: 'Ký số', exact: true}).click();
	const form = leader.locator('form.card'), code = form.getByLabel('Mã khóa của bộ ký'), alert = form.getByRole('alert'), press = () => form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await button(leader, 'Chuẩn bị và xem trước').click();
	await form.getByLabel(/PIN/).fill(plan.pins.leader1);
	ok(!await code.isVisible(), 'no code is asked for a key that is not known to have changed');
	for (const c of [400, 403, 422])
		leader.refusals.add(c);
	await press();
	await alert.filter({hasText: /\S/}).waitFor();
	equal(approvals.length, 1, 'approvals sent to the false key');
	await press(); // asked for anew within the visit: now it is another
	await alert.filter({hasText: 'Khóa của bộ ký đã khác lần trước'}).waitFor();
	await code.waitFor();
	await audit(leader, 'signer changed');
	await shot(leader, 'signer-changed');
	ok(!(await leader.locator('body').innerText()).includes(plan.code), 'the page does not say the code');
	await code.fill('0000-0000-0000-0000-0000');
	await press();
	await alert.filter({hasText: 'Mã khóa này không phải'}).waitFor();
	equal(approvals.length, 1, 'approvals sent before the code was right');
	await code.fill(` ${plan.code.toUpperCase().replaceAll('-', ' ')}`);
	await press();
	await state(leader, 'Đã ký');
	equal(approvals.length, 2, 'approvals sent in all');
	ok(await leader.evaluate(o => localStorage.getItem('congvan.signer') !== o, other), 'the new key is remembered');
});

test('the specialist completes with the answer', async () => {
	const page = await person('chuyenvien');
	await fromInbox(page, letter, 'Đang xử lý');
	await did(page, 'Hoàn thành', form => form.getByLabel('Văn bản trả lời').selectOption({label: `01-CV/QU · ${reply}`}));
	await state(page, 'Hoàn thành');
});

test('the archivist searches without diacritics, downloads and files', async () => {
	const page = await person('luutru');
	await menu(page, 'Văn bản');
	await page.getByLabel('Từ cần tìm (không cần dấu)').fill('khong co chu nao nhu vay');
	await button(page, 'Tìm').click();
	await page.getByText('Không có gì').waitFor();
	await page.getByLabel('Từ cần tìm (không cần dấu)').fill('gop y du thao chuyen doi so');
	await button(page, 'Tìm').click();
	await row(page, '01-CV/QU').waitFor();
	await audit(page, 'search');
	await shot(page, 'search');
	await row(page, '01-CV/QU').click();
	await heading(page, reply);
	const [download] = await Promise.all([page.waitForEvent('download'), page.locator('button.file', {hasText: /^thu-dai\.pdf$/}).last().click()]);
	const bytes = readFileSync(await download.path());
	ok(bytes.subarray(0, 5).toString() === '%PDF-' && bytes.includes('/ETSI.CAdES.detached'), 'the signed PDF comes down');
	await fromInbox(page, letter, 'Cần vào hồ sơ');
	await did(page, 'Đưa vào hồ sơ', form => form.getByLabel('Mã hồ sơ').fill('HS.2026.01'));
	await state(page, 'Đã vào hồ sơ');
});

test('the clerk makes a certified copy', async () => {
	const page = await person('vanthu');
	await menu(page, 'Văn bản');
	await row(page, '01-CV/QU').click();
	await heading(page, reply);
	await made(page, 'Sao văn bản', async form => {
		ok(!await form.getByLabel('Tệp phần trích').isVisible(), 'no extract is asked for a copy of the whole');
		await form.getByLabel('Hình thức sao').selectOption({label: 'Trích sao'});
		ok(await form.getByLabel('Tệp phần trích').isVisible(), 'the extract is asked for');
		await form.getByLabel('Hình thức sao').selectOption({label: 'Sao y'});
	});
	const line = page.locator('li', {hasText: 'bản sao · đã sao'});
	await line.waitFor(); // the page as it is after the copy: what is asked for on the one before it goes with that
	const appendix = page.locator('li', {has: page.locator('button.file', {hasText: /^phu-luc\.pdf$/})}).last();
	await appendix.getByRole('button', {name: 'Kiểm tra chữ ký', exact: true}).click();
	await appendix.locator('li.passed', {hasText: 'TOTAL-PASSED'}).nth(1).waitFor();
	await shot(page, 'appendix');
	await line.getByRole('button', {name: 'Kiểm tra chữ ký', exact: true}).click();
	await line.locator('li.passed', {hasText: 'TOTAL-PASSED'}).nth(2).waitFor();
	await state(page, 'Đã gửi');
});

test('a level that is not reached is said: what is missing, why, when it is tried again', async () => {
	const subject = 'V/v báo cáo ký khi không có dấu thời gian', author = await person('chuyenvien'), leader = await person('bithu');
	await submitted(author, subject, 'bithu');
	process.kill(plan.tsa);
	await fromInbox(leader, subject, 'Cần ký');
	await leader.locator('.moves').getByRole('button', {name: 'Ký số', exact: true}).click();
	const form = leader.locator('form.card');
	await button(leader, 'Chuẩn bị và xem trước').click();
	await form.getByLabel(/PIN/).fill(plan.pins.leader1);
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	const less = /Mức chữ ký B-B, cần B-T: chưa có dấu thời gian · Không lấy được dấu thời gian: không nối được tới máy chủ \(curl 7\) · thử lại lúc \d/;
	await leader.locator('#notice .bad').filter({hasText: less}).waitFor();
	await shot(leader, 'level-notice');
	await leader.reload();
	await leader.locator('ul.levels li.indeterminate').filter({hasText: less}).waitFor();
	await audit(leader, 'levels');
	await shot(leader, 'levels');
});

test('a hostile title is text, and turns nothing around', async () => {
	const page = await person('vanthu');
	drop('doc');
	await menu(page, 'Việc cần làm');
	await row(page, '<script>').waitFor();
	await row(page, '<script>').click();
	await page.getByRole('heading', {level: 1}).filter({hasText: '<script>document.title'}).waitFor();
	const shown = await page.getByRole('heading', {level: 1}).innerText();
	equal(shown, plan.hostile.replace('\u202e', '[U+202E]').replace('\u202c', '[U+202C]').replace('\u2067', '[U+2067]').replace('\u2069', '[U+2069]'), 'title');
	ok(!(await page.title()).startsWith('HỎNG') && await page.locator('main script, main img[src=x]').count() === 0, 'nothing of it runs');
	await audit(page, 'hostile title');
	await shot(page, 'hostile');
});

test('a broken packet is refused with where, found and wanted', async () => {
	const page = await person('vanthu');
	page.refusals.add(422);
	await menu(page, 'Gói liên thông');
	await page.getByLabel('Tệp gói edXML').setInputFiles(plan.packets.hong);
	await button(page, 'Tiếp nhận').click();
	await page.getByRole('alert').filter({hasText: /Thiếu trích yếu nội dung · .*MessageHeader\/Subject/}).waitFor();
	await menu(page, 'Văn bản');
	await menu(page, 'Gói liên thông');
	await row(page, 'Bị từ chối').first().click();
	await page.getByRole('columnheader', {name: 'Chỗ sai'}).waitFor();
	await audit(page, 'packets');
	await shot(page, 'packets');
});

test('the register shows its lines', async () => {
	const page = await person('vanthu');
	await menu(page, 'Sổ đăng ký');
	await audit(page, 'registers');
	await row(page, 'Sổ văn bản đến').click();
	await row(page, letter).waitFor();
	await shot(page, 'register');
});

test('everything is reached by the keyboard, and what has the focus is seen', async () => {
	const page = await person('vanthu');
	await menu(page, 'Việc cần làm');
	await row(page, '<script>').waitFor();
	const stops = await tabStops(page);
	equal(stops.filter(s => !s.seen), [], 'stops that are not seen');
	for (const wanted of ['Việc cần làm', 'Văn bản', 'Soạn thảo', 'Sổ đăng ký', 'Gói liên thông', 'English', 'Đăng xuất'])
		ok(stops.some(s => s.what === wanted), `no stop at ${wanted}: ${JSON.stringify(stops)}`);
	await row(page, '<script>').focus();
	await page.keyboard.press('Enter');
	await page.locator('.moves button').first().waitFor();
	await page.locator('.moves button').first().focus();
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => document.activeElement.matches('form.card input, form.card select, form.card textarea'));
	await page.keyboard.press('Tab');
	equal(await page.evaluate(() => document.activeElement.textContent), 'Từ chối', 'after the reason comes the button');
});

test('in English, and back', async () => {
	const page = await person('vanthu');
	await button(page, 'English').click();
	await page.getByRole('link', {name: 'Inbox', exact: true}).click();
	await heading(page, 'Inbox');
	equal(await page.evaluate(() => document.documentElement.lang), 'en', 'language of the page');
	await audit(page, 'inbox in English');
	await page.reload();
	await heading(page, 'Inbox');
	await shot(page, 'english');
	await button(page, 'Tiếng Việt').click();
	await heading(page, 'Việc cần làm');
});

// In a narrow window what a row is about comes first, and all of the row is seen without scrolling sideways.
async function leads(page, where) {
	const wrong = await page.locator('.wide').evaluateAll(all => all.flatMap(w => [...w.scrollWidth > w.clientWidth ? ['scrolls sideways'] : [],
		...[...w.querySelectorAll('tbody tr')].filter(tr => {
			const box = tr.querySelector('td.lead').getBoundingClientRect();
			return box.left < 0 || box.right > innerWidth || box.height === 0 || [...tr.querySelectorAll('td:not(.lead)')].some(td => td.getClientRects().length && td.getBoundingClientRect().top < box.bottom - 1);
		}).map(tr => tr.textContent)]));
	equal(wrong, [], `rows of ${where} that do not begin with what they are about`);
}

test('on a telephone nothing is wider than the screen', async () => {
	const page = await person('vanthu');
	await page.setViewportSize(phone);
	for (const name of ['Việc cần làm', 'Văn bản', 'Soạn thảo', 'Sổ đăng ký', 'Ủy quyền ký', 'Gói liên thông']) {
		await menu(page, name);
		await page.locator('tr.open, form.card, .empty').first().waitFor();
		await audit(page, `${name} on a telephone`);
		await leads(page, name);
		await shot(page, `phone-${name.normalize('NFD').replace(/[^A-Za-z ]/g, '').replaceAll(' ', '-')}`);
	}
	await menu(page, 'Việc cần làm');
	ok((await row(page, '<script>').locator('td.lead').innerText()).includes('<script>document.title'), 'the subject leads');
	await row(page, '<script>').click();
	await page.locator('.moves button').first().waitFor();
	await audit(page, 'document on a telephone');
	await shot(page, 'phone-document');
	await page.setViewportSize(wide);
});

test('signing out ends the session at the daemon', async () => {
	const page = await person('luutru');
	const token = await page.evaluate(() => sessionStorage.getItem('congvan.token'));
	await button(page, 'Đăng xuất').click();
	await page.getByLabel('Mật khẩu').waitFor();
	page.refusals.add(401);
	equal(await page.evaluate(t => fetch('/v1/me', {headers: {Authorization: `Bearer ${t}`}}).then(r => r.status), token), 401, 'the old token');
});

process.exit(await run() === 0 ? 0 : 1);
