"""A version's verification report in the form that is asked for: JSON, TS 119 102-2 XML (valid by our schema), a page, plain text; by Accept or ?format=."""
import os
import re
import subprocess
import xml.etree.ElementTree

import pytest

from office import SRC
from test_signing import desk, letter, sign, submitted  # noqa: F401 (desk is a fixture)

VR = "{http://uri.etsi.org/19102/v1.4.1#}"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.fixture(scope="module")
def signed(desk):  # noqa: F811
    """A PDF that leader and office have signed."""
    d = submitted(desk, name="thư <b>&amp;.pdf")
    sign(desk, "bithu", d)
    desk.people["vanthu"].post("/v1/signings", {"document": d, "move": "number"})
    sign(desk, "vanthu", d, "seal")
    return d


def report(desk, document, query="", accept=None, lang=None):  # noqa: F811
    headers = {**({"Accept": accept} if accept else {}), **({"Accept-Language": lang} if lang else {})}
    return desk.people["luutru"].get("/v1/documents/%s/versions/main/verdict%s" % (document, query), headers=headers)


@pytest.mark.parametrize("accept,want", [
    (None, "application/json"), ("*/*", "application/json"), ("application/json", "application/json"), ("application/json, text/plain, */*", "application/json"),
    ("text/html", "text/html"), (FIREFOX, "text/html"), ("text/plain", "text/plain"), ("application/xml", "application/xml"), ("text/xml", "application/xml"),
    ("text/*", "text/html"), ("text/plain;q=0.4, application/xml;q=0.5", "application/xml"), ("text/html;q=0, */*;q=0.1", "application/json"),
    ("image/png", "application/json"), ("application/json;q=0.1,TEXT/HTML", "text/html"), (";;;q=,", "application/json"), ("text/html;q=abc", "application/json"),
])
def test_by_accept(desk, signed, accept, want):  # noqa: F811
    a = report(desk, signed, accept=accept)
    assert a.code == 200 and a.headers["content-type"].split(";")[0] == want, (a, a.headers)
    assert a.headers["vary"] == "Accept" and "no-store" in a.headers["cache-control"]


def test_xml(desk, signed, tmp_path):  # noqa: F811
    json_form, a = report(desk, signed).json, report(desk, signed, "?format=xml", accept="text/html")
    assert a.code == 200 and a.headers["content-type"] == "application/xml"
    (tmp_path / "r.xml").write_bytes(a.body)
    subprocess.run(["xmllint", "--noout", "--nonet", "--schema", os.path.join(SRC, "schemas", "xsd", "validation-report.xsd"), str(tmp_path / "r.xml")], check=True,
                   capture_output=True, timeout=60)
    root = xml.etree.ElementTree.fromstring(a.body)
    said = [r.find(VR + "SignatureValidationStatus").find(VR + "MainIndication").text for r in root.findall(VR + "SignatureValidationReport")]
    assert len(json_form["signatures"]) == 2 and said == ["urn:etsi:019102:mainindication:total-passed"] * 2
    fields = [e.text for e in root.iter(VR + "DAIdentifier")]
    assert fields == [s["field"] for s in json_form["signatures"]]


def test_page(desk, signed):  # noqa: F811
    a = report(desk, signed, "?format=html")
    page = a.body.decode()
    assert a.code == 200 and a.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in a.headers["content-security-policy"] and "sandbox" in a.headers["content-security-policy"]
    assert page.startswith("<!DOCTYPE html>") and '<html lang="vi">' in page and page.index('<article lang="vi">') < page.index('<article lang="en">')
    assert "thư &lt;b&gt;&amp;amp;.pdf" in page and "<script" not in page and not re.search(r'(src|href)=', page)
    assert page.count("TOTAL-PASSED") == 4 and "Nguyễn Văn Mẫu" in page


def test_text(desk, signed):  # noqa: F811
    vi, en = (report(desk, signed, "?format=text", lang=lang) for lang in (None, "en"))
    assert vi.headers["content-type"] == "text/plain; charset=utf-8"
    assert vi.body.decode().count("TOTAL-PASSED") == 2 and "thư <b>&amp;.pdf" in vi.body.decode()
    assert vi.body != en.body and "Verification" in en.body.decode() or "report" in en.body.decode().lower(), en.body.decode()


def test_unknown_form(desk, signed):  # noqa: F811
    assert report(desk, signed, "?format=pdf").problem == (422, "param.value")
    # the form asked for is no way round who may see it
    assert desk.people["luutru"].get("/v1/documents/%s/versions/main/verdict?format=html" % "00000000-0000-7000-8000-000000000000").code == 404


def test_of_any_file(desk, signed):  # noqa: F811
    person = desk.people["luutru"]
    data = person.get("/v1/documents/%s/versions/main/content" % signed).body
    a = person.request("POST", "/v1/verifications?format=xml", raw=data, key=False)
    assert a.code == 200 and a.body.count(b"<SignatureValidationReport>") == 2
    a = person.request("POST", "/v1/verifications", raw=letter(desk), key=False, headers={"Accept": "text/plain"})
    assert a.code == 200 and a.headers["content-type"].startswith("text/plain") and "TOTAL" not in a.body.decode()
    assert person.request("POST", "/v1/verifications?format=docx", raw=data, key=False).problem == (422, "param.value")
