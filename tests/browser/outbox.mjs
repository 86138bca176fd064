// outbox: what cannot be sent is seen by the clerk, with why and when it is tried again, and sent when the way is free.
import {copyFileSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {plan, phone, wide, test, equal, ok, shot, audit, run} from './browser.mjs';
import {button, heading, menu, row, person} from './people.mjs';

test('what cannot be sent is listed with its reason, and goes when it is sent again', async () => {
	const page = await person('vanthu'), title = 'Hàng chờ gửi';
	await menu(page, title);
	await page.getByText('Không có gì').waitFor();
	rmSync(plan.sent, {recursive: true, force: true});
	writeFileSync(plan.sent, ''); // a file where the receiver's folder should be
	copyFileSync(plan.packets.goi, `${plan.drop}/.goi`);
	renameSync(`${plan.drop}/.goi`, `${plan.drop}/goi.edxml`);
	await menu(page, 'Việc cần làm');
	await row(page, 'V/v đóng góp ý kiến về chuyển đổi số').waitFor();
	const line = row(page, 'H37').filter({hasText: /Lỗi đọc ghi của hệ thống \(errno \d+\)/});
	for (let i = 0; i < 300 && await line.count() === 0; i++) { // it is tried by itself a moment after the packet came
		await page.waitForTimeout(200);
		await menu(page, 'Việc cần làm');
		await menu(page, title);
	}
	await line.waitFor();
	const cells = await line.getByRole('cell').allInnerTexts();
	ok(cells[1] === 'Trạng thái · đã đến' && cells[2] === 'Chờ gửi' && Number(cells[3]) >= 1 && /\d\d:\d\d/.test(cells[5]), `the line: ${JSON.stringify(cells)}`);
	await audit(page, 'outbox');
	await shot(page, 'outbox');
	await page.setViewportSize(phone);
	await audit(page, 'outbox on a telephone');
	await shot(page, 'outbox-phone');
	await page.setViewportSize(wide);
	rmSync(plan.sent);
	await button(page, 'Gửi lại').click();
	for (let i = 0; i < 300 && !(existsSync(plan.sent) && readdirSync(plan.sent).some(f => f[0] !== '.')); i++)
		await page.waitForTimeout(200);
	ok(readdirSync(plan.sent).some(f => f[0] !== '.'), 'the status lies in the receiver\'s folder');
	for (let i = 0; i < 300 && await row(page, 'H37').count() > 0; i++) {
		await page.waitForTimeout(200);
		await menu(page, 'Việc cần làm');
		await menu(page, title);
	}
	await page.getByText('Không có gì').waitFor();
	await heading(page, title);
	const leader = await person('bithu');
	equal(await leader.locator('#nav').getByRole('link', {name: title, exact: true}).count(), 0, 'a leader has no outbox');
});

process.exit(await run() === 0 ? 0 : 1);
