#!/usr/bin/python3
"""make_asic.py PKI DIR: ASiC containers by zipfile, openssl and xmlsec1, and what nobody should take. DIR/good and DIR/bad hold files called
EXPECTED.WHAT.asice: EXPECTED is TOTAL-PASSED or the sub-indication of the worst signature, or (with a dot in it) the finding with which the container is
refused. FILE.expect lists findings that must be there as well. What is signed well is verified by openssl or xmlsec1 here, before it is kept."""
import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile

PKI, OUT = (os.path.abspath(p) for p in sys.argv[1:3])
E, S = "application/vnd.etsi.asic-e+zip", "application/vnd.etsi.asic-s+zip"
ASIC, DSIG, XADES = "http://uri.etsi.org/02918/v1.2.1#", "http://www.w3.org/2000/09/xmldsig#", "http://uri.etsi.org/01903/v1.3.2#"
DIGESTS = {"sha256": "http://www.w3.org/2001/04/xmlenc#sha256", "sha512": "http://www.w3.org/2001/04/xmlenc#sha512", "sha1": DSIG + "sha1",
           "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384"}
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
LETTER, ANNEX = "Số: 12-CV/QU. Nội dung văn bản.\n".encode(), "Phụ lục.\n".encode() * 30
FILES = [("Công văn 12.txt", LETTER), ("phụ lục/1.txt", ANNEX)]


def read(name):
    with open(name, "rb") as f:
        return f.read()


def write(name, data):
    with open(os.path.join(OUT, name), "wb") as f:
        f.write(data)
    return data


def run(*args):
    done = subprocess.run(args, cwd=OUT, capture_output=True, timeout=60, check=False)
    if done.returncode:
        sys.exit("%s: %s" % (args[:3], done.stderr.decode()))
    return done.stdout


def uri(name):
    return "".join(chr(b) if chr(b).isascii() and (chr(b).isalnum() or chr(b) in "-._~/") else "%%%02X" % b for b in name.encode())


def manifest(files=None, signature="META-INF/signature001.p7s", digest="sha256", more="", ns=ASIC, refs=None):
    if refs is None:
        refs = "".join("<asic:DataObjectReference URI=\"%s\"><ds:DigestMethod Algorithm=\"%s\"/><ds:DigestValue>%s</ds:DigestValue></asic:DataObjectReference>" % (
            uri(name), DIGESTS[digest], base64.b64encode(hashlib.new(digest, data).digest()).decode()) for name, data in (files or FILES))
    return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:ASiCManifest xmlns:asic=\"%s\" xmlns:ds=\"%s\"><asic:SigReference URI=\"%s\" "
            "MimeType=\"application/pkcs7-signature\"/>%s%s</asic:ASiCManifest>" % (ns, DSIG, signature, refs, more)).encode()


def sign(data, who="leader1", key=None):
    write("data", data)
    run("openssl", "cms", "-sign", "-binary", "-cades", "-outform", "DER", "-nosmimecap", "-in", "data", "-signer", os.path.join(PKI, who + ".pem"), "-inkey",
        os.path.join(PKI, (key or who) + ".key"), "-certfile", os.path.join(PKI, "issuing.pem"), "-out", "p7s")
    if not who.startswith("bad"):
        run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "p7s", "-content", "data", "-CAfile", os.path.join(PKI, "root.pem"),
            "-purpose", "any", "-out", "/dev/null")
    return read(os.path.join(OUT, "p7s"))


def pack(entries, mime=E, first=True, compress=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        head = [] if mime is None else [("mimetype", mime.encode())]
        for name, data in head + entries if first else entries + head:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, (2026, 2, 3, 11, 5, 6))
            info.compress_type = compress if info.filename == "mimetype" else zipfile.ZIP_DEFLATED
            z.writestr(info, data)
    return out.getvalue()


def put(folder, expected, what, data, *codes):
    path = os.path.join(OUT, folder, "%s.%s.asice" % (expected, what))
    with open(path, "wb") as f:
        f.write(data)
    with open(path + ".expect", "w", encoding="ascii") as f:
        f.write("".join(c + "\n" for c in codes))


def good(what, data, *codes):
    put("good", "TOTAL-PASSED", what, data, *codes)
    return data


def bad(expected, what, data, *codes):
    put("bad", expected, what, data, *codes)


def signed(m=None, files=None, name="META-INF/ASiCManifest001.xml", signature="META-INF/signature001.p7s", who="leader1"):
    m = m if m is not None else manifest(signature=signature)
    return (files or FILES) + [(name, m), (signature, sign(m, who))]


def token(data):
    write("data", data)
    for name in ("tsa.cnf", "tsa.pem", "tsa.key", "tsa.serial", "issuing.pem"):
        write(name, read(os.path.join(PKI, name)))
    run("openssl", "ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "q")
    run("openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q", "-token_out", "-out", "t")
    return read(os.path.join(OUT, "t"))


def cert_of(who):
    return re.sub(rb"-----[^-]*-----|\s", b"", read(os.path.join(PKI, who + ".pem"))).decode()


def xades(files=None, who="leader1", extra="", transform=""):
    """By xmlsec1, in a folder with the files, because it looks for them there; wrapped as ASiC wants it."""
    cert = base64.b64encode(hashlib.sha256(base64.b64decode(cert_of(who))).digest()).decode()
    refs = ""
    for name, data in files or FILES:
        os.makedirs(os.path.dirname(os.path.join(OUT, name)), exist_ok=True)
        write(name, data)
        refs += "<Reference URI=\"%s\">%s<DigestMethod Algorithm=\"%s\"/><DigestValue/></Reference>" % (uri(name), transform, DIGESTS["sha256"])
    refs += ("<Reference URI=\"#p1\" Type=\"http://uri.etsi.org/01903#SignedProperties\"><Transforms><Transform Algorithm=\"%s\"/></Transforms>"
             "<DigestMethod Algorithm=\"%s\"/><DigestValue/></Reference>" % (EXC, DIGESTS["sha256"]))
    write("template.xml", (
        "<asic:XAdESSignatures xmlns:asic=\"%s\"><Signature xmlns=\"%s\" Id=\"s1\"><SignedInfo><CanonicalizationMethod Algorithm=\"%s\"/><SignatureMethod "
        "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#%s\"/>%s%s</SignedInfo><SignatureValue/><KeyInfo><X509Data><X509Certificate>%s</X509Certificate>"
        "<X509Certificate>%s</X509Certificate></X509Data></KeyInfo><Object><x:QualifyingProperties xmlns:x=\"%s\" Target=\"#s1\"><x:SignedProperties "
        "Id=\"p1\"><x:SignedSignatureProperties><x:SigningTime>2026-02-03T04:05:06Z</x:SigningTime><x:SigningCertificateV2><x:Cert><x:CertDigest>"
        "<DigestMethod Algorithm=\"%s\"/><DigestValue>%s</DigestValue></x:CertDigest></x:Cert></x:SigningCertificateV2></x:SignedSignatureProperties>"
        "</x:SignedProperties></x:QualifyingProperties></Object></Signature></asic:XAdESSignatures>" % (
            ASIC, DSIG, EXC, "ecdsa-sha256" if who == "leader2" else "rsa-sha256", refs, extra, cert_of(who), cert_of("issuing"), XADES, DIGESTS["sha256"],
            cert)).encode())
    ids = ("--id-attr:Id", XADES + ":SignedProperties")
    run("xmlsec1", "--sign", *ids, "--output", "signed.xml", "--privkey-pem", os.path.join(PKI, who + ".key"), "template.xml")
    run("xmlsec1", "--verify", *ids, "--trusted-pem", os.path.join(PKI, "root.pem"), "--untrusted-pem", os.path.join(PKI, "issuing.pem"), "signed.xml")
    return read(os.path.join(OUT, "signed.xml"))


def goods():
    good("cades", pack(signed()))
    good("cades-ec", pack(signed(who="leader2")))
    second = manifest(signature="META-INF/signature002.p7s", digest="sha512")
    good("cades-two", pack(signed() + [("META-INF/ASiCManifest002.xml", second), ("META-INF/signature002.p7s", sign(second, "leader2"))]))
    for digest in ("sha384", "sha512"):
        good("cades-" + digest, pack(signed(manifest(digest=digest))))
    good("cades-sha1", pack(signed(manifest(digest="sha1"))))
    good("cades-old-namespace", pack(signed(manifest(ns="http://uri.etsi.org/2918/v1.2.1#"))))
    good("cades-other-names", pack(signed(manifest(signature="META-INF/my-signature-A.p7s"), name="META-INF/myASiCManifestA.xml",
                                          signature="META-INF/my-signature-A.p7s")))
    good("cades-dot-slash", pack(signed(manifest(refs=re.search(rb"<asic:DataObjectReference.*Reference>", manifest()).group(0).decode().replace(
        "URI=\"", "URI=\"./")))))
    good("cades-timestamp", pack(signed() + [("META-INF/ASiCManifest9.xml", manifest(signature="META-INF/timestamp9.tst"))] +
                                 [("META-INF/timestamp9.tst", token(manifest(signature="META-INF/timestamp9.tst")))]))
    good("one-file-not-signed", pack(signed() + [("thêm.txt", b"x")]), "asic.unreferenced")
    good("something-in-meta", pack(signed() + [("META-INF/lạ.bin", b"x")]), "asic.unreferenced")
    good("part", pack(signed(manifest(FILES[:1]))), "asic.unreferenced")
    good("no-mimetype", pack(signed(), mime=None), "asic.mimetype.missing")
    good("mimetype-last", pack(signed(), first=False), "asic.mimetype.place")
    good("mimetype-packed", pack(signed(), compress=zipfile.ZIP_DEFLATED), "asic.mimetype.place")
    good("mimetype-other", pack(signed(), mime="application/zip"), "asic.mimetype.other")
    good("mimetype-newline", pack(signed(), mime=E + "\n"))
    good("simple", pack([FILES[0], ("META-INF/signature.p7s", sign(LETTER))], mime=S))
    good("simple-no-mimetype", pack([FILES[0], ("META-INF/signature.p7s", sign(LETTER))], mime=None), "asic.mimetype.missing")
    good("simple-timestamp", pack([FILES[0], ("META-INF/timestamp.tst", token(LETTER))], mime=S))
    # a document passport with one leaf and its checkpoint, for the fuzzer (lib/seal/passport)
    body = '{"v":1,"versions":["%s"]}' % hashlib.sha256(LETTER).hexdigest()
    leaf = hashlib.sha256(b"\0" + body.encode()).digest()
    row = {"index": 0, "id": "x", "hash": leaf.hex(), "body": body, "proof": []}
    about = {"format": "congvan-passport", "version": 1, "made_at": "2026-02-03T04:05:06Z", "document": {"id": "x"},
             "files": [{"name": FILES[0][0], "part": "main", "mime": "application/pdf", "sha256": hashlib.sha256(LETTER).hexdigest()}],
             "log_key": {"name": "demo", "algorithm": "ed25519", "public": base64.b64encode(bytes(32)).decode()}}
    files = [FILES[0], ("passport.json", json.dumps(about).encode()),
             ("evidence/leaves.json", json.dumps({"size": 1, "leaves": [row], "waiting": 0}).encode()),
             ("evidence/checkpoint", ("demo\n1\n%s\n\n\u2014 demo AAAA\n" % base64.b64encode(leaf).decode()).encode())]
    good("passport", pack(signed(manifest(files), files)))
    good("xades", pack(FILES + [("META-INF/signatures0.xml", xades())]))
    good("xades-ec", pack(FILES + [("META-INF/signatures0.xml", xades(who="leader2"))]))
    good("xades-two", pack(FILES + [("META-INF/signatures0.xml", xades()), ("META-INF/signatures1.xml", xades(who="leader2"))]))
    good("xades-and-cades", pack(signed() + [("META-INF/signatures0.xml", xades())]))
    good("xades-part", pack(FILES + [("META-INF/signatures0.xml", xades(FILES[:1]))]), "asic.unreferenced")
    good("xades-simple", pack([FILES[0], ("META-INF/signatures.xml", xades(FILES[:1]))], mime=S))


def bad_manifests():
    m, reference = manifest(), re.search(r"<asic:DataObjectReference.*?Reference>", manifest().decode()).group(0)
    for what, code, new in (
            ("doctype", "xml.doctype", m.replace(b"<asic:ASiC", b"<!DOCTYPE a [<!ENTITY b 'x'>]><asic:ASiC", 1)),
            ("cut", "xml.malformed", m[:-20]),
            ("root", "asic.manifest.form", m.replace(b"ASiCManifest", b"Manifest")),
            ("namespace", "asic.manifest.form", manifest(ns="urn:khac")),
            ("no-signature", "asic.manifest.form", re.sub(rb"<asic:SigReference[^>]*>", b"", m)),
            ("two-signatures", "asic.manifest.form", manifest(more="<asic:SigReference URI=\"META-INF/signature002.p7s\"/>")),
            ("missing-signature", "asic.manifest.signature", manifest(signature="META-INF/signature009.p7s")),
            ("uri-up", "asic.manifest.uri", m.replace(b"ph%E1%BB%A5%20l%E1%BB%A5c", b"../x")),
            ("uri-http", "asic.manifest.uri", m.replace(b"ph%E1%BB%A5%20l%E1%BB%A5c", b"http://demo.invalid")),
            ("uri-nul", "asic.manifest.uri", m.replace(b"ph%E1%BB%A5%20l%E1%BB%A5c", b"a%00b")),
            ("uri-fragment", "asic.manifest.uri", m.replace(b"ph%E1%BB%A5%20l%E1%BB%A5c", b"a#b")),
            ("uri-percent", "asic.manifest.uri", m.replace(b"ph%E1%BB%A5%20l%E1%BB%A5c", b"a%4")),
            ("repeated", "asic.manifest.repeated", manifest(more=reference)),
            ("repeated-otherwise", "asic.manifest.repeated", manifest(more=reference.replace("C%C3%B4ng", "C%c3%b4ng"))),
            ("no-digest", "asic.manifest.digest", re.sub(rb"<ds:DigestValue>[^<]*</ds:DigestValue>", b"", m, count=1)),
            ("two-digests", "asic.manifest.digest", re.sub(rb"(<ds:DigestValue>[^<]*</ds:DigestValue>)", rb"\1\1", m, count=1)),
            ("digest-not-base64", "asic.manifest.digest", re.sub(rb"<ds:DigestValue>[^<]*", b"<ds:DigestValue>??", m, count=1)),
            ("digest-long", "asic.manifest.digest", re.sub(rb"<ds:DigestValue>[^<]*", b"<ds:DigestValue>" + b"AAAA" * 30, m, count=1)),
            ("two-methods", "asic.manifest.form", re.sub(rb"(<ds:DigestMethod[^>]*>)", rb"\1\1", m, count=1)),
            ("critical", "asic.manifest.extension", manifest(more="<asic:ASiCManifestExtensions><asic:Extension Critical=\"true\"/></asic:ASiCManifestExtensions>")),
            ("many", "asic.manifest.limit", manifest(refs=reference * 10001))):
        bad(code, "manifest-" + what, pack(FILES + [("META-INF/ASiCManifest001.xml", new), ("META-INF/signature001.p7s", sign(new))]))
    bad("asic.manifest.ambiguous", "manifest-two", pack(signed() + [("META-INF/ASiCManifest002.xml", m)]))
    bad("SIG_CONSTRAINTS_FAILURE", "manifest-nothing", pack(signed(manifest(refs=""))), "asic.unreferenced")
    new = m.replace(DIGESTS["sha256"].encode(), b"urn:khong-co", 1)
    bad("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "manifest-unknown-digest", pack(signed(new)), "asic.unreadable")
    bad("HASH_FAILURE", "manifest-changed", pack(FILES + [("META-INF/ASiCManifest001.xml", m + b"\n"), ("META-INF/signature001.p7s", sign(m))]))
    bad("SIGNED_DATA_NOT_FOUND", "no-manifest", pack(FILES + [("META-INF/signature001.p7s", sign(LETTER))]), "asic.manifest.none")
    # each signature is right, but over the other's manifest
    one, two = manifest(), manifest(signature="META-INF/signature002.p7s")
    bad("HASH_FAILURE", "swapped", pack(FILES + [("META-INF/ASiCManifest001.xml", one), ("META-INF/ASiCManifest002.xml", two),
                                                 ("META-INF/signature001.p7s", sign(two)), ("META-INF/signature002.p7s", sign(one))]))


def bad_objects():
    entries = signed()
    bad("HASH_FAILURE", "changed", pack([FILES[0], ("phụ lục/1.txt", b"kh\xc3\xa1c")] + entries[2:]), "asic.changed")
    bad("HASH_FAILURE", "exchanged", pack([(FILES[0][0], ANNEX), (FILES[1][0], LETTER)] + entries[2:]), "asic.changed")
    bad("SIGNED_DATA_NOT_FOUND", "missing", pack([FILES[0]] + entries[2:]), "asic.missing")
    bad("HASH_FAILURE", "simple-changed", pack([("a.txt", ANNEX), ("META-INF/signature.p7s", sign(LETTER))], mime=S))
    # no signed attributes, over a file that is the attributes of another signature: that value was made for something else (RFC 5652 12)
    data = b"\x31\x03\x02\x01\x05"
    write("data", data)
    run("openssl", "cms", "-sign", "-binary", "-noattr", "-outform", "DER", "-md", "sha256", "-in", "data", "-signer", os.path.join(PKI, "leader1.pem"),
        "-inkey", os.path.join(PKI, "leader1.key"), "-certfile", os.path.join(PKI, "issuing.pem"), "-out", "p7s")
    bad("SIG_CONSTRAINTS_FAILURE", "simple-attributes", pack([("a.bin", data), ("META-INF/signature.p7s", read(os.path.join(OUT, "p7s")))], mime=S))
    bad("asic.data", "simple-two", pack(FILES + [("META-INF/signature.p7s", sign(LETTER))], mime=S))
    bad("asic.data", "simple-none", pack([("META-INF/signature.p7s", sign(LETTER))], mime=S))
    bad("asic.data", "nothing", pack([]))
    bad("FORMAT_FAILURE", "signature-garbage", pack(entries[:-1] + [("META-INF/signature001.p7s", b"garbage")]))
    bad("FORMAT_FAILURE", "signature-empty", pack(entries[:-1] + [("META-INF/signature001.p7s", b"")]))
    bad("REVOKED_NO_POE", "revoked", pack(FILES + [("META-INF/ASiCManifest001.xml", manifest()), ("META-INF/signature001.p7s", sign(manifest(), "bad/revoked",
                                                                                                                               "bad/bad"))]))
    bomb = [("bom.bin", bytes(20 << 20))]
    m = manifest(FILES + bomb)
    bad("SIGNED_DATA_NOT_FOUND", "bomb", pack(FILES + bomb + [("META-INF/ASiCManifest001.xml", m), ("META-INF/signature001.p7s", sign(m))]), "pack.ratio")


def bad_archives():
    entries = signed()
    import warnings
    warnings.simplefilter("ignore")
    bad("pack.duplicate", "two-mimetypes", pack(entries + [("mimetype", S.encode())]))
    bad("pack.duplicate", "two-of-one-name", pack(entries + [(FILES[0][0], b"x")]))
    bad("asic.names", "case", pack(entries + [("CÔNG VĂN 12.TXT".replace("Ô", "ô").replace("Ă", "ă"), b"x")]))
    bad("asic.names", "case-vietnamese", pack(entries + [(FILES[0][0].upper(), b"x")]))
    bad("pack.name", "slip", pack(entries + [("../x.txt", b"x")]))
    bad("pack.name", "absolute", pack(entries + [("/etc/x", b"x")]))
    bad("pack.name", "backslash", pack(entries + [("a\\b.txt", b"x")]))
    link = zipfile.ZipInfo("liên kết")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    bad("pack.link", "link", pack(entries + [(link, b"/etc/passwd")]))
    whole = pack(entries)
    bad("pack.truncated", "cut", whole[:-30])
    bad("pack.truncated", "not-zip", b"PK\3\4" + b"x" * 100)
    bad("asic.not", "plain-zip", pack([("a.txt", b"x")], mime=None))
    bad("asic.not", "odt", pack([("content.xml", b"<a/>")], mime="application/vnd.oasis.opendocument.text"))
    flags = bytearray(whole)
    at = flags.index(b"PK\1\2")
    flags[at + 8] |= 1
    flags[6] |= 1
    bad("pack.encrypted", "encrypted", bytes(flags))


def bad_xades():
    good_one = xades()
    x = good_one.decode()
    one = lambda new, files=FILES: pack(files + [("META-INF/signatures0.xml", new if isinstance(new, bytes) else new.encode())])
    bad("HASH_FAILURE", "xades-changed", one(x, [FILES[0], (FILES[1][0], b"khac")]), "xmldsig.reference")
    bad("SIGNED_DATA_NOT_FOUND", "xades-missing", one(x, FILES[:1]), "xmldsig.reference")
    bad("HASH_FAILURE", "xades-time", one(x.replace("04:05:06", "05:05:06")))
    bad("SIG_CRYPTO_FAILURE", "xades-value", one(re.sub("<SignatureValue>....", "<SignatureValue>AAAA", x)))
    bad("FORMAT_FAILURE", "xades-doctype", one(x.replace("<asic:", "<!DOCTYPE a><asic:", 1)), "xml.doctype")
    bad("FORMAT_FAILURE", "xades-empty", one(""), "xml.malformed")
    bad("SIGNED_DATA_NOT_FOUND", "xades-up", one(x.replace("ph%E1%BB%A5%20l%E1%BB%A5c/1.txt", "../x")), "xmldsig.reference")
    bad("SIGNED_DATA_NOT_FOUND", "xades-http", one(x.replace("ph%E1%BB%A5%20l%E1%BB%A5c/1.txt", "http://demo.invalid/")), "xmldsig.reference")
    bad("SIG_CONSTRAINTS_FAILURE", "xades-transform", one(x.replace("<Reference URI=\"C", "<Reference URI=\"C", 1).replace(
        "<DigestMethod", "<Transforms><Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/></Transforms><DigestMethod", 1)))
    bad("SIGNED_DATA_NOT_FOUND", "xades-two-ids", one(x.replace("</asic:XAdESSignatures>", "<a Id=\"p1\"/></asic:XAdESSignatures>")))


def main():
    for folder in ("good", "bad"):
        os.makedirs(os.path.join(OUT, folder), exist_ok=True)
    goods()
    bad_manifests()
    bad_objects()
    bad_archives()
    bad_xades()
    for path, _, names in os.walk(OUT):
        for name in names:
            if os.path.basename(path) not in ("good", "bad"):
                os.remove(os.path.join(path, name))


main()
