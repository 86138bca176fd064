"""Starts an office with every part (congvand over TLS with the pages, worker, congvan-signer, TSA, drop folder) and drives Chromium through its pages:
the story named (pages.mjs unless another is) prints the TAP. By hand, `run.py --serve` leaves the office open until Enter, to look at it:

    CONGVAN_BUILDDIR=build/dev python3 tests/browser/run.py [STORY.mjs | --serve]

CONGVAN_SHOTS=FOLDER keeps pictures of the pages there.
"""
import base64
import copy
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "flow"))
from office import BOOTSTRAP, BUILD, PASSWORD, SRC, Office, share  # noqa: E402
from test_signing import KEYS, PINS, Signer  # noqa: E402
from token_key import TokenKey  # noqa: E402

DATA = os.path.join(SRC, "tests", "data")
TITLES = {"bithu": "Bí thư", "phobithu": "Phó Bí thư", "vanthu": "Văn thư", "chuyenvien": "Chuyên viên", "luutru": "Lưu trữ viên"}
# A title that would run, and one whose end would be turned around: both are plain text in the pages.
HOSTILE = "V/v <script>document.title='HỎNG'</script><img src=x onerror=document.title='HỎNG'> \u202egnuht iôht iaM\u202c \u2067kín\u2069"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def bootstrap():
    b = copy.deepcopy(BOOTSTRAP)
    for a in b["accounts"]:
        if a["login"] in KEYS:
            a["key_id"] = KEYS[a["login"]]
        if a["login"] in TITLES:
            a["title"] = TITLES[a["login"]]
    return b


def settings(signer, port):
    pki = signer.pki
    return ('server { tls_address = "127.0.0.1:%d" tls_certificate = "%s/tls.pem" tls_key = "%s/tls.key" web = "%s/web" }\n'
            'worker { trust = "%s" }\nexchange { interval_ms = 50 }\narchive { interval_ms = 100 }\n'
            'signer { socket = "%s" tsa_url = "http://127.0.0.1:%d/tsa" }\nnet { allow = "127.0.0.1" }\n'
            % (port, pki, pki, SRC, pki, signer.socket, signer.port))


def packets(work):
    """Two good packets of H37 (one with the hostile title) and a broken one, as files."""
    made = {}
    for name, number, subject in (("goi", "345", "V/v đóng góp ý kiến về chuyển đổi số"), ("doc", "346", HOSTILE)):
        subprocess.run([sys.executable, os.path.join(DATA, "make_packets.py"), os.path.join(work, name), "--pdf", os.path.join(work, "thu.pdf"), "--from", "H37",
                        "Ủy ban nhân dân tỉnh", "--to", "A01.Q1", "Quận ủy Một", "--number", number, "--notation", "UBND-TH", "--date", "2026/11/16",
                        "--subject", subject], check=True, stdout=subprocess.DEVNULL)
        made[name] = os.path.join(work, name, "good.edxml")
    made["hong"] = os.path.join(work, "goi", "bad-schema.edxml")
    return made


def spki(pki):
    """What Chromium is told to trust: this one key, instead of not looking at certificates."""
    public = subprocess.run(["openssl", "x509", "-in", os.path.join(pki, "tls.pem"), "-noout", "-pubkey"], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public, capture_output=True, check=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def write_docx(path):
    """The least that is one."""
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                   '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')
        z.writestr("word/document.xml", '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
                   "<w:t>Dự thảo</w:t></w:r></w:p></w:body></w:document>")


def key_code(signer):
    """What the administrator reads to people whose page does not know the signer's key."""
    return subprocess.run([os.path.join(BUILD, "signer", "congvan-signer"), "--config", os.path.join(signer.dir, "conf"), "--public-key"], capture_output=True, text=True,
                          check=True).stdout.split()[1]


def plan(office, signer, port):
    work = os.path.join(office.dir, "work")
    os.mkdir(work)
    subprocess.run([sys.executable, os.path.join(DATA, "make_pdf.py"), os.path.join(work, "thu.pdf"), "--name", "Nguyễn Văn Mẫu"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, os.path.join(DATA, "make_pdf.py"), os.path.join(work, "thu-dai.pdf"), "--name", "Nguyễn Văn Mẫu", "--pages", "3", "--turned", "2"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, os.path.join(DATA, "make_pdf.py"), os.path.join(work, "phu-luc.pdf"), "--subject", "Phụ lục", "--pages", "2"], check=True,
                   stdout=subprocess.DEVNULL)
    with open(os.path.join(work, "bang-tinh.txt"), "w", encoding="utf-8") as f:
        f.write("số liệu\n")
    write_docx(os.path.join(work, "du-thao.docx"))
    subprocess.run([sys.executable, os.path.join(DATA, "make_pictures.py"), work], check=True, stdout=subprocess.DEVNULL)
    return {"url": "https://127.0.0.1:%d/" % port, "spki": spki(signer.pki), "passwords": {p: PASSWORD % p for p in [*TITLES, "chuyenvien2"]}, "pins": PINS,
            "work": work, "pki": signer.pki, "drop": os.path.join(office.dir, "data", "exchange", "in"), "sent": os.path.join(office.dir, "data", "exchange", "out", "h37"),
            "packets": packets(work), "pdf": os.path.join(work, "thu-dai.pdf"),
            "appendices": [os.path.join(work, "phu-luc.pdf"), os.path.join(work, "bang-tinh.txt")], "signature": os.path.join(work, "signature-1.png"),
            "seal": os.path.join(work, "seal.png"), "hostile": HOSTILE, "code": key_code(signer), "tsa": signer.tsa.pid, "shots": os.environ.get("CONGVAN_SHOTS", "")}


def main():
    signer = Signer()
    TokenKey(signer, "leader2", PINS["leader2"], "pin_pad = true", P11_SHIM_PAD=PINS["leader2"]).put_in()
    signer.start()
    signer.start_tsa()
    port = free_port()
    try:
        with Office(settings=settings(signer, port), bootstrap=share(bootstrap()), worker=True) as o:
            told = json.dumps(plan(o, signer, port))
            if sys.argv[1:] == ["--serve"]:
                print(told, flush=True)
                sys.stdin.readline()
                return 0
            return subprocess.run(["node", os.path.join(HERE, *sys.argv[1:] or ["pages.mjs"])], env={**os.environ, "CONGVAN_PLAN": told}, stdin=subprocess.DEVNULL,
                                  timeout=600, check=False).returncode
    finally:
        signer.stop_tsa()
        signer.stop()
        shutil.rmtree(signer.dir, ignore_errors=True)


sys.exit(main())
