"""`net.proxy`: issuers, OCSP, revocation lists and timestamps all go by it, and nothing past it; the list `net.allow` still says whom it may be asked for."""
import http.server
import os
import shutil
import threading
import urllib.error
import urllib.request

import pytest

from office import Office
from pki_server import PkiServer
from test_ed25519 import open_desk
from test_levels import certificate_pointing_to, detached, forget, judge, levels
from test_signing import Signer, bootstrap_with_keys, cli, submitted


class Proxy:
    """Forwards, and keeps what it was asked for."""

    def __init__(self):
        outer = self
        self.seen, self.down = [], False

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                outer.seen.append((self.command, self.path))
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                code, answer, kind = 503, b"down", "text/plain"
                if not outer.down:
                    request = urllib.request.Request(self.path, data=body or None, method=self.command, headers={"Content-Type": self.headers.get("Content-Type") or "x/x"})
                    try:
                        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as r:
                            code, answer, kind = r.status, r.read(), r.headers["Content-Type"]
                    except urllib.error.HTTPError as e:
                        code, answer, kind = e.code, e.read(), "text/plain"
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_CONNECT = do_GET

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def desk():
    pki, proxy = PkiServer(), Proxy()
    signer = Signer(pki.pki)
    signer.start()
    settings = ('worker { trust = "%s" }\nsigner { socket = "%s" tsa_url = "%s/tsa" level = "B-LT" }\nproofs { retry_seconds = 1 seconds = 10 }\n'
                'net { allow = "127.0.0.1:%s" proxy = "%s" }\nlevels { interval_ms = 3600000 }\n'
                % (pki.trust(), signer.socket, pki.url, pki.url.rsplit(":", 1)[1], proxy.url))
    try:
        with Office(settings=settings, bootstrap=bootstrap_with_keys(), worker=True) as o:
            open_desk(o, signer)
            o.pki, o.proxy = pki, proxy
            yield o
    finally:
        signer.stop()
        proxy.stop()
        pki.stop()
        shutil.rmtree(signer.dir, ignore_errors=True)


@pytest.fixture
def net(desk):
    """Both sides' lists empty, nothing kept."""
    forget(desk)
    desk.pki.down.clear()
    desk.proxy.down = False
    desk.pki.log.clear()
    desk.proxy.seen.clear()
    return desk.pki


def asked(desk):
    """The requests that came to the PKI, all of them through the proxy."""
    by_proxy = [(method, url[len(desk.pki.url):]) for method, url in desk.proxy.seen if url.startswith(desk.pki.url)]
    assert sorted(by_proxy) == sorted(desk.pki.log) and len(by_proxy) == len(desk.proxy.seen)
    return {"tsa" if p == "/tsa" else "ocsp" if p.startswith("/ocsp") else p[1:] for _, p in desk.pki.log}


def test_issuer_ocsp_and_list(desk, net):
    s, missing = judge(desk, detached(net, certs=False))
    assert s["indication"] == "TOTAL-PASSED" and s["revocation_checked"] and missing == []
    assert asked(desk) == {"issuing.cer", "ocsp", "root.crl"}


def test_lists_when_the_responder_is_down(desk, net):
    net.down.add("ocsp")
    s, missing = judge(desk, detached(net))
    assert s["revocation_checked"] and missing == []
    assert asked(desk) == {"ocsp", "issuing.crl", "root.crl"}


def test_a_signature_with_timestamp_and_proofs(desk, net):
    d = submitted(desk)
    out = cli(desk, "bithu", "sign", d, "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes")
    assert '"level": "B-LT"' in out and levels(desk, d)[0][:2] == ("B-LT", "B-LT"), out
    assert {"tsa", "ocsp", "root.crl"} <= asked(desk)


def test_without_the_proxy_nothing_is_had_and_nothing_goes_past_it(desk, net):
    desk.proxy.down = True
    s, missing = judge(desk, detached(net))
    assert not s["revocation_checked"] and missing and desk.proxy.seen
    d = submitted(desk)
    out = cli(desk, "bithu", "sign", d, "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes")
    assert '"level": "B-B"' in out and ("POST", net.url + "/tsa") in desk.proxy.seen, out
    assert net.log == []


@pytest.mark.parametrize("where", ["http://169.254.169.254/latest", "http://crl.khac.invalid/a.crl", "http://127.0.0.1:1/a.crl"])
def test_who_is_not_on_the_list_is_not_asked_of_the_proxy_either(desk, net, where):
    s, missing = judge(desk, certificate_pointing_to(net, where))
    assert s["intact"] and any("net.allow" in m["why"] for m in missing), missing
    assert not any(url.startswith(where) for _, url in desk.proxy.seen)
    asked(desk)
