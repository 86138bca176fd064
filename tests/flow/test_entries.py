"""What is inside a container that the office has or receives: listed and taken out through the API and by the command line, from ASiC-E, ASiC-S and a CMS with its content (DER and PEM),
byte for byte; what nobody should unpack is refused, and what somebody may not see stays hidden."""
import io
import os
import subprocess
import sys
import urllib.parse
import zipfile

import pytest

from office import BUILD, SRC
from test_containers import TEXT, do_sign, with_attachments
from test_signing import cli, desk, newest, submitted  # noqa: F401 (desk is a fixture)

sys.path.insert(0, os.path.join(SRC, "tests", "data"))
import edxml_builder as b  # noqa: E402

PDF = b.pdf_bytes(["Phu luc mot"])


def path_of(document, version, n=None):
    return "/v1/documents/%s/versions/%s/entries%s" % (document, version, "" if n is None else "/%d" % n)


def name_of(answer):
    return urllib.parse.unquote(answer.headers["content-disposition"].split("''", 1)[1])


def incoming(desk, name, data):  # noqa: F811
    """A document of another office whose file this is, taken in by the clerk: (id, the version's id)."""
    clerk = desk.people["vanthu"]
    d = clerk.create("incoming", issuer_name="Phường Một", main={"sha256": clerk.upload(data), "name": name})
    return d["id"], d["versions"][0]["id"]


def archive(*entries):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.etsi.asic-e+zip")
        for name, content in entries:
            z.writestr(name, content)
    return data.getvalue()


@pytest.fixture(scope="module")
def signed(desk):  # noqa: F811
    """A text and a PDF in one ASiC-E container, as the leader signed them: its bytes."""
    d = with_attachments(desk, ("phụ lục.pdf", PDF))
    do_sign(desk, "bithu", d, "sign", "--container", "asic-e")
    return d, newest(desk, d, "signature")


def test_own_container(desk, signed):  # noqa: F811
    d, (version, data) = signed
    a = desk.people["luutru"].get(path_of(d, version["id"]))
    assert a.code == 200, a
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        assert [(e["n"], e["name"], e["size"]) for e in a.json["items"]] == [(i, x.filename, x.file_size) for i, x in enumerate(z.infolist())]
        for e in a.json["items"]:
            one = desk.people["luutru"].get(path_of(d, version["id"], e["n"]))
            assert one.code == 200 and one.body == z.read(e["name"]) and name_of(one) == e["name"].rsplit("/", 1)[-1], one
            assert one.headers["content-security-policy"] == "sandbox" and one.headers["content-disposition"].startswith("attachment;")
    roles = {e["name"]: e["role"] for e in a.json["items"]}
    assert (roles["bao-cao.txt"], roles["phụ lục.pdf"], roles["mimetype"]) == ("data", "data", "mimetype")
    assert sorted(r for n, r in roles.items() if n.startswith("META-INF/")) == ["manifest", "signature"]
    pdf = next(e for e in a.json["items"] if e["name"] == "phụ lục.pdf")
    one = desk.people["luutru"].get(path_of(d, version["id"], pdf["n"]))
    assert one.headers["content-type"] == "application/pdf" and one.body == PDF
    again = desk.people["luutru"].get(path_of(d, version["id"], pdf["n"]), headers={"If-None-Match": one.headers["etag"]})
    assert again.code == 304 and not again.body


@pytest.mark.parametrize("form", ["asic-e", "asic-s", "cms-attached"])
def test_received(desk, form, tmp_path):  # noqa: F811
    """Another office's container is all that came: its reader gets the document out, here by the command line, and off line from the saved file."""
    d = submitted(desk, TEXT, "bao-cao.txt")
    do_sign(desk, "bithu", d, "sign", "--container", form)
    version, data = newest(desk, d, "signature")
    d, v = incoming(desk, version["name"], data)
    rows = desk.people["vanthu"].get(path_of(d, v)).json["items"]
    assert [e["name"] for e in rows if e["role"] == "data"] == ["bao-cao.txt"]
    listed = cli(desk, "vanthu", "document", "entries", d, "main")
    assert '"bao-cao.txt"' in listed
    out = str(tmp_path / "ra.txt")
    cli(desk, "vanthu", "document", "take", d, "main", "bao-cao.txt", "--output", out)
    assert open(out, "rb").read() == TEXT
    cli(desk, "vanthu", "document", "take", d, "main", "khac.txt", "--output", out, code=4)
    saved = tmp_path / version["name"]
    saved.write_bytes(data)
    run = subprocess.run([os.path.join(BUILD, "cli", "congvan"), "asic", "extract", str(saved), str(tmp_path / "thu-muc")], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and (tmp_path / "thu-muc" / "bao-cao.txt").read_bytes() == TEXT, run


def test_cms_as_others_write_it(desk, tmp_path):  # noqa: F811
    """PEM, and a name that tells nothing: the content gets the suffix of what it is."""
    (tmp_path / "a.pdf").write_bytes(PDF)
    pki = desk.signer.pki
    for form, name in (("DER", "den.p7m"), ("PEM", "den-pem.p7m")):
        subprocess.run(["openssl", "cms", "-sign", "-nodetach", "-binary", "-outform", form, "-in", "a.pdf", "-signer", os.path.join(pki, "leader1.pem"), "-inkey",
                        os.path.join(pki, "leader1.key"), "-out", name], cwd=tmp_path, check=True, capture_output=True)
        d, v = incoming(desk, name, (tmp_path / name).read_bytes())
        a = desk.people["vanthu"].get(path_of(d, v))
        assert a.code == 200 and a.json["items"] == [{"n": 0, "name": name[:-4] + ".pdf", "size": len(PDF), "role": "data"}], a
        one = desk.people["vanthu"].get(path_of(d, v, 0))
        assert one.body == PDF and one.headers["content-type"] == "application/pdf" and name_of(one) == name[:-4] + ".pdf"


def test_what_is_no_container(desk):  # noqa: F811
    d = submitted(desk, TEXT, "bao-cao.txt")
    do_sign(desk, "bithu", d)
    p7s = newest(desk, d, "signature")[0]["id"]
    for version in ("main", p7s):  # a text, and a signature beside it
        for n in (None, 0):
            assert desk.people["vanthu"].get(path_of(d, version, n)).problem == (415, "version.container")


def test_numbers_that_are_not_there(desk, signed):  # noqa: F811
    d, (version, _) = signed
    for n in ("99", "1000", "x", "-1", "00000", "%20"):
        assert desk.people["vanthu"].get(path_of(d, version["id"]) + "/" + n).problem == (404, "entry.missing"), n
    assert desk.people["vanthu"].get(path_of(d, "khong-co")).problem == (404, "version.missing")


def test_nobody_elses_container(desk, signed):  # noqa: F811
    d, (version, _) = signed
    other = desk.sign_in("khac")
    for n in (None, 0):
        assert other.get(path_of(d, version["id"], n)).code == 404


@pytest.mark.parametrize("name", ["../thoat.txt", "/etc/passwd", "a\\b.txt", "C:x.txt", "a/../b.txt"])
def test_dangerous_names(desk, name):  # noqa: F811
    d, v = incoming(desk, "nguy-hiem.asice", archive(("tot.txt", TEXT), (name, TEXT)))
    for n in (None, 1):
        a = desk.people["vanthu"].get(path_of(d, v, n))
        assert a.code == 422 and any(c.startswith("pack.") for c in a.codes()), a


def test_a_bomb_stops_at_the_limit(desk):  # noqa: F811
    """64 MiB of zeros in 64 KiB: the ratio ends it, and the list, which inflates nothing, still tells the name."""
    d, v = incoming(desk, "no.asice", archive(("no.txt", b"\0" * (64 << 20))))
    a = desk.people["vanthu"].get(path_of(d, v))
    assert a.code == 200 and [e["name"] for e in a.json["items"]] == ["mimetype", "no.txt"], a
    a = desk.people["vanthu"].get(path_of(d, v, 1))
    assert a.code == 422 and "pack.ratio" in a.codes(), a
    assert desk.people["vanthu"].get(path_of(d, v, 0)).code == 200


def test_too_many_entries(desk):  # noqa: F811
    d, v = incoming(desk, "nhieu.asice", archive(*(("%d.txt" % i, "x") for i in range(1000))))
    a = desk.people["vanthu"].get(path_of(d, v))
    assert a.code == 422 and any(c.startswith("pack.") for c in a.codes()), a


def test_a_program_stays_inside(desk):  # noqa: F811
    d, v = incoming(desk, "chuong-trinh.asice", archive(("tot.txt", TEXT), ("chay.exe", b"MZ" + bytes(200))))
    assert desk.people["vanthu"].get(path_of(d, v, 1)).body == TEXT
    a = desk.people["vanthu"].get(path_of(d, v, 2))
    assert a.code == 422 and a.codes() == {"sniff.executable"}, a
