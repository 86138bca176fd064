#!/usr/bin/python3
"""check_pades.py FILE.pdf PKI WORKDIR: takes signatures, timestamps and validation data out of a PDF without any of our code (the
objects by qpdf, DER by the few lines below) and has openssl judge each: cms -verify -cades, ts -verify, ocsp -respin, crl -verify, x509.
PKI: a folder with root.pem, issuing.pem and the subjects' certificates (tests/data/make_pki). Prints a line for each and last the
highest baseline level that all together show ("level B-LTA"). Exit 1 when one fails or there is no signature."""
import hashlib
import json
import re
import subprocess
import sys

FILE, PKI, WORK = sys.argv[1:4]
data = open(FILE, 'rb').read()
failed = 0
STAMP = bytes.fromhex('060b2a864886f70d010910020e')  # id-aa-timeStampToken (RFC 3161 App. A)


def run(*args, **kw):
    return subprocess.run(args, capture_output=True, check=False, **kw)


def tell(what, done, text=''):
    global failed
    ok = done.returncode == 0
    failed += not ok
    print('    %s: %s %s' % (what, 'ok' if ok else 'FAILED', text or ('' if ok else done.stderr.decode(errors='replace').strip()[-300:])))
    return ok


def write(name, content):
    path = WORK + '/' + name
    with open(path, 'wb') as f:
        f.write(content)
    return path


def der_at(b, at):
    """Start of the content and end of the value at this place."""
    n, head = b[at + 1], 2
    if n & 0x80:
        head += n & 0x7f
        n = int.from_bytes(b[at + 2:at + head], 'big')
    return at + head, at + head + n


def items(b, at):
    start, end = der_at(b, at)
    out = []
    while start < end:
        out.append(start)
        start = der_at(b, start)[1]
    return out


def signer_info(cms):
    signed = items(cms, items(cms, items(cms, 0)[1])[0])
    return items(cms, items(cms, signed[-1])[0])


def objects():
    done = run('qpdf', '--json=2', '--json-key=qpdf', FILE)
    table = json.loads(done.stdout)['qpdf'][1]
    return {k[4:] if k.startswith('obj:') else k: v for k, v in table.items()}


OBJECTS = objects()


def get(value):
    while isinstance(value, str) and re.fullmatch(r'\d+ \d+ R', value):
        value = OBJECTS.get(value, {})
        value = value.get('value', value.get('stream'))
    return value


def blob(ref):
    return run('qpdf', '--show-object=%s' % ref.split()[0], '--filtered-stream-data', FILE).stdout


def signatures():
    """(SubFilter, range, DER) in the order of the bytes."""
    found = {}
    for v in OBJECTS.values():
        d = v.get('value')
        if isinstance(d, dict) and '/ByteRange' in d and '/Contents' in d:
            r = [get(x) for x in d['/ByteRange']]
            der = bytes.fromhex(data[r[1] + 1:r[2] - 1].decode())
            found[r[2]] = (d['/SubFilter'], d.get('/Type'), r, der[:der_at(der, 0)[1]])
    return [found[k] for k in sorted(found)]


def check_token(name, token, content):
    # The signer's certificate may be inside or in the DSS: both are given.
    return tell(name, run('openssl', 'ts', '-verify', '-data', write(name + '.data', content), '-in', write(name + '.tst', token),
                          '-token_in', '-CAfile', PKI + '/root.pem', '-untrusted', write('chain.pem', CHAIN)))


CHAIN = b''.join(open(PKI + '/' + n, 'rb').read() for n in ('issuing.pem', 'tsa.pem', 'ocsp.pem'))
found = signatures()
stamped = archived = bool(found)
archived_at = last_dss = 0
for i, (kind, type_, r, der) in enumerate(found, 1):
    content = data[r[0]:r[0] + r[1]] + data[r[2]:r[2] + r[3]]
    if kind == '/ETSI.RFC3161':
        failed += type_ != '/DocTimeStamp'
        check_token('document-timestamp-%d' % i, der, content)
        archived_at = r[2]
        continue
    tell('signature-%d' % i, run('openssl', 'cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', write('s%d.p7s' % i, der),
                                 '-content', write('s%d.bin' % i, content), '-CAfile', PKI + '/root.pem', '-purpose', 'any',
                                 '-out', '/dev/null'))
    si = signer_info(der)
    value = [at for at in si if der[at] == 0x04][-1]
    tokens = []
    if der[si[-1]] == 0xa1:
        for a in items(der, si[-1]):
            oid, values = items(der, a)
            if der[oid:der_at(der, oid)[1]] == STAMP:
                tokens += [der[v:der_at(der, v)[1]] for v in items(der, values)]
    for k, token in enumerate(tokens):
        start, end = der_at(der, value)
        check_token('signature-%d-timestamp-%d' % (i, k + 1), token, der[start:end])
    stamped = stamped and bool(tokens)

root = get(OBJECTS['trailer']['value']['/Root'])
dss = get(root.get('/DSS')) or {}
parts = {k: [blob(x) for x in get(dss.get(k)) or []] for k in ('/Certs', '/CRLs', '/OCSPs')}
for k, blobs in parts.items():
    if len({hashlib.sha256(b).digest() for b in blobs}) != len(blobs):
        failed += 1
        print('    %s: FAILED: something stands there twice' % k)
chain = write('all.pem', CHAIN + open(PKI + '/root.pem', 'rb').read())
for i, b in enumerate(parts['/Certs']):
    tell('cert-%d' % i, run('openssl', 'x509', '-inform', 'DER', '-noout', '-subject', '-in', write('c%d.der' % i, b)))
for i, b in enumerate(parts['/CRLs']):
    tell('crl-%d' % i, run('openssl', 'crl', '-inform', 'DER', '-noout', '-verify', '-CAfile', chain, '-in', write('l%d.der' % i, b)))
people = ('leader1', 'leader2', 'leader3', 'office', 'tsa')
answered = set()
for i, b in enumerate(parts['/OCSPs']):
    path = write('o%d.der' % i, b)
    for who in people:
        done = run('openssl', 'ocsp', '-respin', path, '-issuer', PKI + '/issuing.pem', '-cert', '%s/%s.pem' % (PKI, who),
                   '-CAfile', PKI + '/root.pem', '-verify_other', chain, '-no_nonce')
        if b'%s.pem: good' % who.encode() in done.stdout:
            answered.add(who)
            tell('ocsp-%d' % i, done, who + ' good; ' + done.stderr.decode().strip())
            failed += b'Response verify OK' not in done.stderr
            break
    else:
        failed += 1
        print('    ocsp-%d: FAILED: about nobody' % i)
held = bool(parts['/Certs']) and bool(parts['/CRLs'] or parts['/OCSPs'])
level = 'B-B' if found else 'none'
if stamped:
    level = 'B-T'
    if held:
        level = 'B-LTA' if archived_at else 'B-LT'
print('level %s' % level)
sys.exit(1 if failed or not found else 0)
