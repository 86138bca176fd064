// mandates: who may sign for whom, in the pages: made, signed by its grantor, used, revoked.
import {plan, phone, wide, test, equal, ok, shot, audit, run} from './browser.mjs';
import {button, heading, menu, state, row, person, fromInbox, did} from './people.mjs';

const leader = {bithu: 'Nguyễn Văn Bí Thư · Bí thư', phobithu: 'Trần Phó Bí Thư · Phó Bí thư'};
const year = new Date().getFullYear();

async function filled(form, holder, kinds, until) {
	await form.getByLabel('Hình thức').selectOption({label: 'ký thay'});
	await form.getByLabel('Người ủy quyền').selectOption({label: leader.bithu});
	await form.getByLabel('Người được ủy quyền').selectOption({label: holder});
	for (const kind of kinds)
		await form.getByRole('checkbox', {name: kind, exact: true}).check();
	await form.getByLabel('Đến hết ngày').fill(until);
	await form.getByLabel('Căn cứ').fill('Quyết định phân công 12-QĐ/QU');
}

const line = (page, text) => row(page, 'ký thay').filter({hasText: text});
const last = `31/12/${year + 1}`;

test('a specialist makes a mandate; what is wrong with it is said in Vietnamese', async () => {
	const page = await person('chuyenvien');
	await menu(page, 'Ủy quyền ký');
	await page.getByText('Không có gì').waitFor();
	await audit(page, 'mandates, none');
	await button(page, 'Lập ủy quyền').first().click();
	const form = page.locator('form.card');
	await form.waitFor();
	page.refusals.add(422);
	await filled(form, leader.bithu, ['Công văn'], `${year + 1}-12-31`);
	await audit(page, 'a mandate');
	await form.getByRole('button', {name: 'Lập ủy quyền', exact: true}).click();
	await form.getByRole('alert').filter({hasText: /^Không ai ủy quyền cho chính mình\nKhông ai ủy quyền cho chính mình · Người được ủy quyền$/}).waitFor();
	await shot(page, 'mandate-self');
	await form.getByLabel('Người được ủy quyền').selectOption({label: leader.phobithu});
	await form.getByLabel('Đến hết ngày').fill(`${year + 7}-12-31`);
	await form.getByRole('button', {name: 'Lập ủy quyền', exact: true}).click();
	await form.getByRole('alert').filter({hasText: 'Ủy quyền không quá một nhiệm kỳ (5 năm)'}).waitFor();
	await form.getByLabel('Đến hết ngày').fill(`${year + 1}-12-31`);
	await form.getByRole('button', {name: 'Lập ủy quyền', exact: true}).click();
	await state(page, 'Dự thảo');
	await page.getByText('chờ người ủy quyền ký').waitFor();
	await did(page, 'Trình ký', f => f.getByLabel('Lãnh đạo ký').selectOption({label: leader.bithu}));
	await state(page, 'Chờ ký');
	await shot(page, 'mandate-document');
	await menu(page, 'Ủy quyền ký');
	await line(page, 'chờ người ủy quyền ký').waitFor();
	await page.getByLabel('Chỉ ủy quyền đang có hiệu lực').check();
	await page.getByText('Không có gì').waitFor();
});

test('its grantor sees what it says and signs it: then it is in force', async () => {
	const page = await person('bithu');
	await fromInbox(page, 'Ủy quyền ký (ký thay): Nguyễn Văn Bí Thư cho Trần Phó Bí Thư', 'Cần ký');
	await page.locator('.moves').getByRole('button', {name: 'Ký số', exact: true}).click();
	const form = page.locator('form.card');
	await button(page, 'Chuẩn bị và xem trước').click();
	await form.getByLabel(/PIN/).fill(plan.pins.leader1);
	const said = JSON.parse(await form.locator('pre.text').evaluate(e => e.textContent));
	equal([said.type, said.grantor.login, said.holder.login, said.kinds, said.meaning], ['mandate', 'bithu', 'phobithu', ['CV'], 'ký thay'], 'what is signed');
	await shot(page, 'mandate-signing');
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await state(page, 'Đã ký');
	await page.getByRole('link', {name: 'Ủy quyền ký', exact: true}).last().click();
	await heading(page, 'Ủy quyền ký: ký thay');
	for (const text of ['đang có hiệu lực', leader.bithu, leader.phobithu, 'Công văn', last, 'Quyết định phân công 12-QĐ/QU'])
		await page.locator('dd', {hasText: text}).first().waitFor();
	await audit(page, 'mandate');
	await shot(page, 'mandate');
	await menu(page, 'Ủy quyền ký');
	await line(page, 'đang có hiệu lực').filter({hasText: last}).waitFor();
	await page.setViewportSize(phone);
	await audit(page, 'mandates on a telephone');
	await shot(page, 'mandates-phone');
	await page.setViewportSize(wide);
	await shot(page, 'mandates');
});

// A letter that the deputy is to sign for the head.
async function drafted(subject) {
	const author = await person('chuyenvien');
	await menu(author, 'Soạn thảo');
	await author.getByLabel('Trích yếu').fill(subject);
	await author.getByRole('checkbox', {name: 'Ủy ban nhân dân tỉnh', exact: true}).check();
	await author.getByLabel('Quyền hạn ký').selectOption({label: 'K/T (ký thay)'});
	await author.getByLabel('Người ký', {exact: true}).fill('Nguyễn Văn Mẫu');
	await author.getByLabel('Chức vụ người ký').fill('Bí thư');
	await author.getByLabel('Tệp chính (PDF)').setInputFiles(plan.pdf);
	await audit(author, 'draft with a competence');
	await shot(author, 'draft-competence');
	await button(author, 'Lưu').click();
	await heading(author, subject);
	await author.locator('dd', {hasText: /^K\/T Bí thư Nguyễn Văn Mẫu$/}).waitFor();
	return author;
}

async function signing(page, subject) {
	await fromInbox(page, subject, 'Cần ký');
	await page.locator('.moves').getByRole('button', {name: 'Ký số', exact: true}).click();
	await button(page, 'Chuẩn bị và xem trước').click();
	return page.locator('form.card');
}

test('the deputy signs for the head, and the verdict says under which mandate', async () => {
	const subject = 'V/v báo cáo ký thay', author = await drafted(subject), page = await person('phobithu');
	// the competence is changed like the rest, and back
	const change = async label => {
		await author.locator('.moves').getByRole('button', {name: 'Sửa thông tin', exact: true}).click();
		await author.locator('form.card').getByLabel('Quyền hạn ký').selectOption({label});
		await button(author, 'Lưu').click();
	};
	await change('ký theo thẩm quyền của mình');
	await author.locator('dd', {hasText: /^Bí thư Nguyễn Văn Mẫu$/}).waitFor();
	await change('K/T (ký thay)');
	await author.locator('dd', {hasText: /^K\/T Bí thư Nguyễn Văn Mẫu$/}).waitFor();
	await did(author, 'Trình ký', f => f.getByLabel('Lãnh đạo ký').selectOption({label: leader.phobithu}));
	await state(author, 'Chờ ký');
	const form = await signing(page, subject);
	await form.getByText('Nhập mã PIN tại đầu đọc thẻ').waitFor();
	await form.getByRole('button', {name: 'Ký số', exact: true}).click();
	await state(page, 'Đã ký');
	await page.locator('li', {has: page.locator('button.file', {hasText: /^thu-dai\.pdf$/})}).last().getByRole('button', {name: 'Kiểm tra chữ ký', exact: true}).click();
	await page.locator('li.passed', {hasText: /Người ký có ủy quyền khi ký\.\s*Ủy quyền ký: ký thay · Nguyễn Văn Bí Thư/}).waitFor();
	await shot(page, 'mandate-verdict');
});

test('its grantor revokes it, nobody else; what is signed afterwards is refused', async () => {
	const other = await person('phobithu'), page = await person('bithu');
	await menu(other, 'Ủy quyền ký');
	await line(other, 'đang có hiệu lực').click();
	await heading(other, 'Ủy quyền ký: ký thay');
	equal(await other.getByRole('button', {name: 'Thu hồi ủy quyền', exact: true}).count(), 0, 'buttons of revocation for its holder');
	equal(await other.getByRole('button', {name: 'Lập ủy quyền', exact: true}).count(), 0, 'buttons of making for a leader');
	await menu(page, 'Ủy quyền ký');
	await line(page, 'đang có hiệu lực').focus();
	await page.keyboard.press('Enter');
	await heading(page, 'Ủy quyền ký: ký thay');
	await page.getByLabel('Lý do').fill('Phân công lại');
	page.refusals.add(422);
	await page.getByLabel('Thu hồi từ ngày (để trống: từ bây giờ)').fill(`${year + 1}-01-31`);
	await button(page, 'Thu hồi ủy quyền').click();
	await page.getByRole('alert').filter({hasText: 'Thời điểm thu hồi không được ở tương lai'}).waitFor();
	await page.getByLabel('Thu hồi từ ngày (để trống: từ bây giờ)').fill('');
	await button(page, 'Thu hồi ủy quyền').click();
	await page.locator('dd', {hasText: /^đã thu hồi$/}).waitFor();
	await page.locator('dd', {hasText: 'Phân công lại'}).waitFor();
	equal(await page.getByRole('button', {name: 'Thu hồi ủy quyền', exact: true}).count(), 0, 'buttons once it is revoked');
	await audit(page, 'a revoked mandate');
	await shot(page, 'mandate-revoked');
	const subject = 'V/v báo cáo ký thay sau khi thu hồi', author = await drafted(subject);
	await did(author, 'Trình ký', f => f.getByLabel('Lãnh đạo ký').selectOption({label: leader.phobithu}));
	await state(author, 'Chờ ký');
	other.refusals.add(409).add(403).add(422);
	const form = await signing(other, subject);
	await form.getByRole('alert').filter({hasText: /Người ký không có ủy quyền còn hiệu lực .* · Quyền hạn ký · K\/T → /}).waitFor();
	ok(!await form.getByText('Nhập mã PIN tại đầu đọc thẻ').isVisible(), 'nothing is asked for');
	await shot(other, 'mandate-refused');
});

process.exit(await run() === 0 ? 0 : 1);
