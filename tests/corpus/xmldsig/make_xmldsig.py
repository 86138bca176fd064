#!/usr/bin/python3
"""make_xmldsig.py PKI DIR: XML signatures by xmlsec1 and by damaging what it made. DIR/good and DIR/bad hold files called EXPECTED.WHAT.xml, EXPECTED
being TOTAL-PASSED or the sub-indication; WHAT beginning with "part": the signature does not cover the whole document. Each good one is verified by
xmlsec1 before it is kept, so that our verdict is never compared with our own opinion."""
import base64
import hashlib
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data"))
import edxml_builder as builder  # noqa: E402

PKI, OUT = (os.path.abspath(p) for p in sys.argv[1:3])
DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = {"c14n10": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "c14n10c": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "c14n11": "http://www.w3.org/2006/12/xml-c14n11", "exc": "http://www.w3.org/2001/10/xml-exc-c14n#",
        "excc": "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"}
METHOD = {"rsa256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "rsa384": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
          "rsa512": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "ec256": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
          "rsa1": DSIG + "rsa-sha1", "hmac": DSIG + "hmac-sha1"}
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
BODY = "<vb:CongVan xmlns:vb=\"urn:demo:cong-van\" vb:so=\"12-CV/QU\">\n\t<!-- chú thích -->\n\t<vb:TrichYeu Id=\"noi-dung\">Về việc kiểm tra &amp; nghiệm thu</vb:TrichYeu>\n\t" \
       "<vb:NoiNhan xmlns=\"urn:demo:khac\" b=\"2\" a=\"1\"><Noi/></vb:NoiNhan>\n%s</vb:CongVan>"


def read(name):
    with open(name, "rb") as f:
        return f.read()


def cert_of(who):
    return re.sub(rb"-----[^-]*-----|\s", b"", read(os.path.join(PKI, who + ".pem"))).decode()


def reference(uri="", transforms=("enveloped", "c14n10"), digest=SHA256, extra="", inner=""):
    names = {"enveloped": DSIG + "enveloped-signature", **C14N}
    body = "".join("<Transform Algorithm=\"%s\">%s</Transform>" % (names.get(t, t), inner) for t in transforms)
    return "<Reference URI=\"%s\"%s>%s<DigestMethod Algorithm=\"%s\"/><DigestValue></DigestValue></Reference>" % (
        uri, extra, "<Transforms>%s</Transforms>" % body if transforms else "", digest)


def template(refs, method="rsa256", c14n="c14n10", who="leader1", objects="", id=""):
    return ("<Signature xmlns=\"%s\"%s><SignedInfo><CanonicalizationMethod Algorithm=\"%s\"/><SignatureMethod Algorithm=\"%s\"/>%s</SignedInfo>"
            "<SignatureValue/><KeyInfo><X509Data><X509Certificate>%s</X509Certificate><X509Certificate>%s</X509Certificate></X509Data></KeyInfo>%s"
            "</Signature>" % (DSIG, " Id=\"%s\"" % id if id else "", C14N[c14n], METHOD[method], refs, cert_of(who), cert_of("issuing"), objects))


def properties(who="leader1", id="s1", digest=None, prop="p1", time="2026-02-03T11:05:06+07:00", name="SigningCertificateV2", more=""):
    der = base64.b64decode(cert_of(who))
    digest = digest or base64.b64encode(hashlib.sha256(der).digest()).decode()
    return ("<Object><xades:QualifyingProperties xmlns:xades=\"%s\" Target=\"#%s\"><xades:SignedProperties Id=\"%s\"><xades:SignedSignatureProperties>"
            "<xades:SigningTime>%s</xades:SigningTime><xades:%s><xades:Cert><xades:CertDigest><DigestMethod Algorithm=\"%s\"/><DigestValue>%s</DigestValue>"
            "</xades:CertDigest></xades:Cert></xades:%s>%s</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></Object>" % (
                XADES, id, prop, time, name, SHA256, digest, name, more))


PROPERTIES_REFERENCE = reference("#p1", ("exc",), extra=" Type=\"http://uri.etsi.org/01903#SignedProperties\"")


def xmlsec(command, path, *more):
    return subprocess.run(["xmlsec1", command, *more, "--id-attr:Id", "urn:demo:cong-van:TrichYeu", "--id-attr:Id", XADES + ":SignedProperties",
                           "--id-attr:Id", DSIG + ":Object", path], cwd=OUT, capture_output=True, timeout=60, check=False)


def sign(signature, who="leader1", body=BODY):
    path = os.path.join(OUT, "template.xml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body % signature)
    done = xmlsec("--sign", "template.xml", "--output", "signed.xml", "--privkey-pem", os.path.join(PKI, who + ".key"))
    if done.returncode:
        sys.exit("xmlsec1 does not sign: " + done.stderr.decode())
    return read(os.path.join(OUT, "signed.xml")).decode()


def verified(text):
    with open(os.path.join(OUT, "check.xml"), "w", encoding="utf-8") as f:
        f.write(text)
    return xmlsec("--verify", "check.xml", "--trusted-pem", os.path.join(PKI, "root.pem"), "--untrusted-pem", os.path.join(PKI, "issuing.pem"))


def put(folder, expected, what, text):
    with open(os.path.join(OUT, folder, "%s.%s.xml" % (expected, what)), "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())


def good(what, text):
    done = verified(text)
    if done.returncode:
        sys.exit("xmlsec1 does not verify %s: %s" % (what, done.stderr.decode()))
    put("good", "TOTAL-PASSED", what, text)
    return text


def bad(expected, what, text):
    put("bad", expected, what, text)


def change(text, old, new, count=1):
    assert old in text, old
    return text.replace(old, new, count)


def openssl(*args):
    return subprocess.run(["openssl", *args], cwd=OUT, check=True, capture_output=True, timeout=60).stdout


def encapsulated(name, der):
    return "<xades:%s>%s</xades:%s>" % (name, base64.b64encode(der).decode(), name)


def long_term(text):
    """The signature with a timestamp of now over its value, and certificates and CRLs for both: B-T, and B-LT when all of it is looked at."""
    value = re.search(r"<SignatureValue>[^<]*</SignatureValue>", text).group(0)
    with open(os.path.join(OUT, "value"), "w", encoding="utf-8") as f:
        f.write(value.replace("<SignatureValue>", "<SignatureValue xmlns=\"%s\">" % DSIG))
    for name in ("tsa.cnf", "tsa.pem", "tsa.key", "tsa.serial", "issuing.pem"):
        with open(os.path.join(OUT, name), "wb") as f:
            f.write(read(os.path.join(PKI, name)))
    openssl("ts", "-query", "-data", "value", "-sha256", "-cert", "-out", "query")
    openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-token_out", "-out", "token")
    crls = [openssl("crl", "-in", os.path.join(PKI, "crls", name), "-outform", "DER") for name in ("root.crl", "issuing.crl")]
    certs = [base64.b64decode(cert_of(name)) for name in ("issuing", "root")]
    stamp = "<xades:SignatureTimeStamp><CanonicalizationMethod Algorithm=\"%s\"/>%s</xades:SignatureTimeStamp>" % (
        C14N["exc"], encapsulated("EncapsulatedTimeStamp", read(os.path.join(OUT, "token"))))
    values = "<xades:CertificateValues>%s</xades:CertificateValues><xades:RevocationValues><xades:CRLValues>%s</xades:CRLValues></xades:RevocationValues>" % (
        "".join(encapsulated("EncapsulatedX509Certificate", c) for c in certs), "".join(encapsulated("EncapsulatedCRLValue", c) for c in crls))
    return change(text, "</xades:QualifyingProperties>", "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>%s%s</xades:UnsignedSignatureProperties>"
                  "</xades:UnsignedProperties></xades:QualifyingProperties>" % (stamp, values))


def goods():
    made = {}
    for name in C14N:
        made[name] = good("whole-" + name, sign(template(reference(transforms=("enveloped", name)), c14n=name)))
    good("whole-no-form", sign(template(reference(transforms=("enveloped",)))))
    for name in ("rsa384", "rsa512"):
        good(name, sign(template(reference(), method=name)))
    made["ec"] = good("ec256", sign(template(reference(), method="ec256", who="leader2"), "leader2"))
    made["part"] = good("part-id", sign(template(reference("#noi-dung", ("c14n10",)))))
    good("whole-and-part", sign(template(reference() + reference("#noi-dung", ("exc",)))))
    made["weak"] = good("sha1", sign(template(reference(digest=DSIG + "sha1"), method="rsa1")))
    made["xades"] = good("xades", sign(template(reference() + PROPERTIES_REFERENCE, objects=properties(), id="s1")))
    good("xades-lt", long_term(made["xades"]))
    good("xades-v1", sign(template(reference() + PROPERTIES_REFERENCE, objects=properties(name="SigningCertificate"), id="s1")))
    made["xades-ec"] = good("xades-ec", sign(template(reference() + PROPERTIES_REFERENCE, method="ec256", who="leader2", objects=properties("leader2"), id="s1"),
                                             "leader2"))
    good("part-object", sign(template(reference("#o1", ("c14n10",)), objects="<Object Id=\"o1\">trong chữ ký</Object>")))
    return made


def bads(made):
    whole, part, xades = made["c14n10"], made["part"], made["xades"]
    bad("HASH_FAILURE", "text", change(whole, "kiểm tra", "kiểm soát"))
    bad("HASH_FAILURE", "attribute", change(whole, "12-CV/QU", "13-CV/QU"))
    bad("HASH_FAILURE", "added", change(whole, "<Noi/>", "<Noi/><Noi/>"))
    bad("HASH_FAILURE", "comment", change(made["c14n10c"], "<Signature", "x<Signature"))
    bad("HASH_FAILURE", "ec", change(made["ec"], "nghiệm", "Nghiệm"))
    bad("HASH_FAILURE", "part-changed", change(part, "kiểm tra", "kiểm soát"))
    bad("HASH_FAILURE", "digest-value", re.sub(r"<DigestValue>..", "<DigestValue>AA", whole, count=1))
    bad("SIG_CRYPTO_FAILURE", "value", re.sub(r"<SignatureValue>....", "<SignatureValue>AAAA", whole, count=1))
    bad("SIG_CRYPTO_FAILURE", "value-ec", re.sub(r"<SignatureValue>....", "<SignatureValue>AAAA", made["ec"], count=1))
    bad("SIG_CRYPTO_FAILURE", "value-ec-odd", re.sub(r"<SignatureValue>[^<]*", "<SignatureValue>AAAB", made["ec"], count=1))
    bad("SIG_CRYPTO_FAILURE", "algorithm", change(whole, METHOD["rsa256"], METHOD["rsa512"]))
    bad("SIG_CRYPTO_FAILURE", "other-kind", change(whole, METHOD["rsa256"], METHOD["ec256"]))
    bad("SIG_CRYPTO_FAILURE", "other-form", change(whole, "<CanonicalizationMethod Algorithm=\"%s\"" % C14N["c14n10"], "<CanonicalizationMethod Algorithm=\"%s\"" % C14N["exc"]))
    bad("SIG_CRYPTO_FAILURE", "other-cert", change(whole, cert_of("leader1"), cert_of("leader3")))
    bad("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "unknown-method", change(whole, METHOD["rsa256"], "urn:khong-co"))
    bad("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "hmac", change(whole, METHOD["rsa256"], METHOD["hmac"]))
    # wrapping: the signed element is kept where nobody looks, another one stands in its place
    signed_part = re.search(r"<vb:TrichYeu.*?</vb:TrichYeu>", part, re.S).group(0)
    evil = signed_part.replace("kiểm tra", "chuyển tiền")
    bad("SIGNED_DATA_NOT_FOUND", "wrap-two-ids", change(part, signed_part, evil + "<vb:Cu>" + signed_part + "</vb:Cu>"))
    bad("SIGNED_DATA_NOT_FOUND", "wrap-xml-id", change(part, "<Noi/>", "<Noi xml:id=\"noi-dung\"/>"))
    bad("SIGNED_DATA_NOT_FOUND", "wrap-other-case", change(part, "<Noi/>", "<Noi ID=\"noi-dung\"/>"))
    bad("SIGNED_DATA_NOT_FOUND", "no-such-id", change(part, "URI=\"#noi-dung\"", "URI=\"#khac\""))
    # what else may lead astray
    bad("SIG_CONSTRAINTS_FAILURE", "xpath", sign_like(whole, "http://www.w3.org/TR/1999/REC-xpath-19991116", "<XPath>false()</XPath>"))
    bad("SIG_CONSTRAINTS_FAILURE", "xslt", sign_like(whole, "http://www.w3.org/TR/1999/REC-xslt-19991116", ""))
    bad("SIG_CONSTRAINTS_FAILURE", "base64", sign_like(whole, DSIG + "base64", ""))
    bad("SIG_CONSTRAINTS_FAILURE", "form-first", change(whole, "<Transforms>", "<Transforms><Transform Algorithm=\"%s\"/>" % C14N["exc"]))
    bad("SIG_CONSTRAINTS_FAILURE", "file", change(whole, "URI=\"\"", "URI=\"file:///etc/passwd\""))
    bad("SIG_CONSTRAINTS_FAILURE", "http", change(whole, "URI=\"\"", "URI=\"http://demo.invalid/x\""))
    bad("SIG_CONSTRAINTS_FAILURE", "xpointer", change(whole, "URI=\"\"", "URI=\"#xpointer(id('noi-dung'))\""))
    bad("SIG_CONSTRAINTS_FAILURE", "no-uri", change(whole, " URI=\"\"", ""))
    bad("SIG_CONSTRAINTS_FAILURE", "unknown-digest", change(whole, SHA256, "urn:khong-co"))
    bad("SIG_CONSTRAINTS_FAILURE", "digest-not-base64", re.sub(r"<DigestValue>[^<]*", "<DigestValue>!!", whole, count=1))
    bad("SIG_CONSTRAINTS_FAILURE", "not-enveloped", change(part, "<Transforms>", "<Transforms><Transform Algorithm=\"%senveloped-signature\"/>" % DSIG))
    bad("SIG_CONSTRAINTS_FAILURE", "many-references", change(part, "<Reference", re.search(r"<Reference.*?</Reference>", part, re.S).group(0) * 70 + "<Reference"))
    bad("FORMAT_FAILURE", "two-signed-infos", change(whole, "<SignedInfo>", re.search(r"<SignedInfo>.*?</SignedInfo>", whole, re.S).group(0) + "<SignedInfo>"))
    bad("FORMAT_FAILURE", "two-values", change(whole, "<SignatureValue>", "<SignatureValue>AAAA</SignatureValue><SignatureValue>"))
    bad("FORMAT_FAILURE", "no-reference", re.sub(r"<Reference.*?</Reference>", "", whole, flags=re.S))
    bad("FORMAT_FAILURE", "no-value", re.sub(r"<SignatureValue>[^<]*", "<SignatureValue>", whole, count=1))
    bad("FORMAT_FAILURE", "unknown-form", change(whole, "<CanonicalizationMethod Algorithm=\"%s\"" % C14N["c14n10"], "<CanonicalizationMethod Algorithm=\"urn:x\""))
    bad("NO_SIGNING_CERTIFICATE_FOUND", "no-cert", re.sub(r"<KeyInfo>.*?</KeyInfo>", "", whole, flags=re.S))
    # XAdES
    bad("HASH_FAILURE", "xades-time", change(xades, "2026-02-03T11:05:06", "2025-02-03T11:05:06"))
    bad("NO_SIGNING_CERTIFICATE_FOUND", "xades-other-cert", sign(template(reference() + PROPERTIES_REFERENCE, objects=properties("leader3"), id="s1")))
    bad("NO_SIGNING_CERTIFICATE_FOUND", "xades-no-digest", sign(template(reference() + PROPERTIES_REFERENCE, objects=properties(digest="AAAA"), id="s1")))
    bad("SIG_CONSTRAINTS_FAILURE", "xades-not-signed", sign(template(reference(), objects=properties(), id="s1")))
    bad("SIG_CONSTRAINTS_FAILURE", "xades-nothing-else", sign(template(PROPERTIES_REFERENCE, objects=properties(), id="s1")))
    bad("FORMAT_FAILURE", "xades-other-target", sign(template(reference() + PROPERTIES_REFERENCE, objects=properties(id="s2"), id="s1")))
    bad("FORMAT_FAILURE", "xades-twice", sign(template(reference() + PROPERTIES_REFERENCE, objects=properties(prop="p0") + properties(), id="s1")))
    bad("SIGNATURE_POLICY_NOT_AVAILABLE", "xades-policy", sign(template(reference() + PROPERTIES_REFERENCE, id="s1", objects=properties(
        more="<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>urn:oid:1.2.3</xades:Identifier></xades:SigPolicyId>"
             "</xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>"))))
    # the signed properties are moved away, others stand in their place
    moved = re.search(r"<xades:SignedProperties.*?</xades:SignedProperties>", xades, re.S).group(0)
    bad("SIG_CONSTRAINTS_FAILURE", "xades-wrapped", change(xades, moved, moved.replace("Id=\"p1\"", "Id=\"p9\"").replace("11:05:06", "09:00:00") + moved))
    # people that must not pass
    for who, expected in (("bad/revoked", "REVOKED_NO_POE"), ("bad/expired", "OUT_OF_BOUNDS_NO_POE"), ("bad/usage", "CHAIN_CONSTRAINTS_FAILURE")):
        bad(expected, "person-" + os.path.basename(who), sign(template(reference(), who=who), "bad/bad"))
    bad("NO_CERTIFICATE_CHAIN_FOUND", "person-foreign", sign(template(reference(), method="ec256", who="bad/foreign"), "bad/p256"))
    # what is no document to read at all: the name says which finding
    bad("xml.doctype", "doctype", change(whole, "<vb:CongVan", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><vb:CongVan"))
    bad("xml.malformed", "cut", whole[:len(whole) // 2])
    bad("xml.encoding", "utf16", whole.encode("utf-16"))
    bad("xml.limit.depth", "deep", change(whole, "<Noi/>", "<a>" * 100 + "</a>" * 100))
    bad("xml.limit.attributes", "namespaces", change(whole, "<Noi/>", "<Noi%s/>" % "".join(" xmlns:n%d=\"urn:%d\"" % (i, i) for i in range(200))))
    bad("xml.limit.elements", "many", change(whole, "<Noi/>", "<a/>" * 600000))


def sign_like(text, uri, inner):
    return change(text, "<Transforms>", "<Transforms><Transform Algorithm=\"%s\">%s</Transform>" % (uri, inner))


# --- packets of the document exchange: DIR/edxml ---

QCVN = builder.NS


def packet(signature):
    doc = builder.Document([builder.File("van-ban.pdf", b"%PDF-1.4 mau")])
    doc.signature = signature
    return str(doc).replace("<edXML:Subject>", "<edXML:Subject Id=\"phan\">") if "#phan" in signature else str(doc)


def sign_packet(refs, who="leader1", key=None, method="rsa256"):
    path = os.path.join(OUT, "template.xml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(packet(template(refs, who=who, method=method)))
    run = subprocess.run(["xmlsec1", "--sign", "--output", "signed.xml", "--id-attr:Id", QCVN + ":Subject", "--privkey-pem",
                          os.path.join(PKI, (key or who) + ".key"), "template.xml"], cwd=OUT, capture_output=True, timeout=60, check=False)
    if run.returncode:
        sys.exit("xmlsec1 does not sign the packet: " + run.stderr.decode())
    return read(os.path.join(OUT, "signed.xml")).decode()


def qcvn_form():
    """The block as senders write it, in the packet's own namespace, signed all the same: canonical forms by xmllint, the value by openssl."""
    with open(os.path.join(OUT, "bare.xml"), "w", encoding="utf-8") as f:
        f.write(packet(""))
    canonical = subprocess.run(["xmllint", "--exc-c14n", "bare.xml"], cwd=OUT, check=True, capture_output=True, timeout=60).stdout
    digest = base64.b64encode(hashlib.sha256(canonical).digest()).decode()
    info = ("<SignedInfo%%s><CanonicalizationMethod Algorithm=\"%s\"></CanonicalizationMethod><SignatureMethod Algorithm=\"%s\"></SignatureMethod>"
            "<Reference URI=\"\"><Transforms><Transform Algorithm=\"%senveloped-signature\"></Transform><Transform Algorithm=\"%s\"></Transform></Transforms>"
            "<DigestMethod Algorithm=\"%s\"></DigestMethod><DigestValue>%s</DigestValue></Reference></SignedInfo>" % (
                C14N["exc"], METHOD["rsa256"], DSIG, C14N["exc"], SHA256, digest))
    with open(os.path.join(OUT, "info"), "w", encoding="utf-8") as f:
        f.write(info % (" xmlns=\"%s\"" % QCVN))
    value = base64.b64encode(openssl("dgst", "-sha256", "-sign", os.path.join(PKI, "leader1.key"), "info")).decode()
    return packet("<Signature>%s<SignatureValue>%s</SignatureValue><KeyInfo><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></Signature>" % (
        info % "", value, cert_of("leader1")))


def packets():
    os.makedirs(os.path.join(OUT, "edxml"), exist_ok=True)

    def keep(code, what, text):
        with open(os.path.join(OUT, "edxml", "%s.%s.edxml" % (code, what)), "w", encoding="utf-8") as f:
            f.write(text)

    good_one = sign_packet(reference(transforms=("enveloped", "exc")))
    keep("edxml.signature.good", "whole", good_one)
    keep("edxml.signature.good", "own-namespace", qcvn_form())
    keep("edxml.signature.failed", "subject", change(good_one, "<edXML:Subject>V/v", "<edXML:Subject>Về việc"))
    keep("edxml.signature.failed", "attachment", re.sub("<ContentTransferEncoded>....", "<ContentTransferEncoded>AAAA", good_one))
    keep("edxml.signature.failed", "own-namespace", change(qcvn_form(), "<edXML:Subject>V/v", "<edXML:Subject>Về việc"))
    keep("edxml.signature.open", "foreign", sign_packet(reference(transforms=("enveloped", "exc")), "bad/foreign", "bad/p256", "ec256"))
    keep("edxml.signature.part", "subject", sign_packet(reference("#phan", ("exc",))))
    keep("none", "dummy", packet(builder.DUMMY_SIGNATURE))
    keep("none", "without", packet(""))


def main():
    for folder in ("good", "bad"):
        os.makedirs(os.path.join(OUT, folder), exist_ok=True)
    bads(goods())
    packets()
    for name in os.listdir(OUT):
        if name not in ("good", "bad", "edxml"):
            os.remove(os.path.join(OUT, name))


main()
