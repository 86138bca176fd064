// signpdf: the same PDFs signed by the npm package @signpdf/signpdf, for bench_sign, which installs it into a temporary folder.
//
//   node signpdf.mjs MODULES PDF P12 PIN COUNT OUT    prints {"signatures","seconds","cpu","placeholder_ms","sign_ms"}; the last file to OUT
//
// Each file is another one (its title), read from memory; the placeholder has the size that congvan keeps by default. A P12Signer can be used once: its
// buffer is read to the end.
import {createRequire} from "node:module";
import {readFileSync, writeFileSync} from "node:fs";

const [modules, pdfPath, p12Path, pin, count, out] = process.argv.slice(2);
const load = createRequire(modules + "/node_modules/");
const {SignPdf} = load("@signpdf/signpdf");
const {P12Signer} = load("@signpdf/signer-p12");
const {plainAddPlaceholder} = load("@signpdf/placeholder-plain");
const {SUBFILTER_ETSI_CADES_DETACHED} = load("@signpdf/utils");

const p12 = readFileSync(p12Path), base = readFileSync(pdfPath);
const signpdf = new SignPdf();
let placeholder = 0, signing = 0, last;

async function sign() {
	const began = performance.now();
	const prepared = plainAddPlaceholder({pdfBuffer: base, reason: "", contactInfo: "", name: "Nguyen Van An", location: "",
		signatureLength: 16384, subFilter: SUBFILTER_ETSI_CADES_DETACHED});
	const between = performance.now();
	last = await signpdf.sign(prepared, new P12Signer(p12, {passphrase: pin}));
	placeholder += between - began;
	signing += performance.now() - between;
}

for (let i = 0; i < 3; i++)
	await sign(); // warm
placeholder = signing = 0;
const used = process.cpuUsage(), began = performance.now();
for (let i = 0; i < Number(count); i++)
	await sign();
const seconds = (performance.now() - began) / 1000, cpu = process.cpuUsage(used);
console.log(JSON.stringify({signatures: Number(count), seconds, cpu: (cpu.user + cpu.system) / 1e6, placeholder_ms: placeholder / count,
	sign_ms: signing / count}));
writeFileSync(out, last);
