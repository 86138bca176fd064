"""Keys of the signer in a token: SoftHSM behind the shim of tests/unit/p11_shim.c, which plays what SoftHSM cannot (a PIN pad, a token pulled out). No test of its own."""
import os
import shutil
import subprocess

from office import BUILD

SOFTHSM = next((p for p in ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so") if os.path.exists(p)), None)


class TokenKey:
    """One key of a Signer moved from its file into a token: put_in() and take_out() before a start of the signer, which reads keys and environment then only.

    options: further words of the key's file ("pin_pad = true"); played: what the shim plays (P11_SHIM_*)."""

    def __init__(self, signer, key, pin, options="", **played):
        self.signer, self.key, self.pin, self.options = signer, key, pin, options
        self.shim, self.tokens, self.softhsm = (os.path.join(signer.dir, n) for n in ("shim.so", "tokens", "softhsm.conf"))
        self.played, self.env, self.conf = played, dict(os.environ), ""

    def path(self, *names):
        return os.path.join(self.signer.dir, *names)

    def make_token(self):
        shutil.copy(os.path.join(BUILD, "tests", "unit", "p11_shim.so"), self.shim)
        os.mkdir(self.tokens, 0o700)
        with open(self.softhsm, "w", encoding="utf-8") as f:
            f.write("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n" % self.tokens)
        os.environ.update(SOFTHSM2_CONF=self.softhsm, P11_SHIM_MODULE=SOFTHSM, **self.played)
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "Lãnh đạo", "--so-pin", "12345678", "--pin", self.pin], check=True, stdout=subprocess.DEVNULL)
        for kind, words in (("privkey", ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", self.key + ".key"]), ("cert", ["x509", "-outform", "DER", "-in", self.key + ".pem"])):
            der = self.path(kind + ".der")
            subprocess.run(["openssl", *words, "-out", der], cwd=self.signer.pki, check=True)
            subprocess.run(["pkcs11-tool", "--module", SOFTHSM, "--token-label", "Lãnh đạo", "--login", "--pin", self.pin, "--write-object", der, "--type", kind,
                            "--id", "01", "--label", "key", *(["--usage-sign"] if kind == "privkey" else [])], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def put_in(self):
        self.make_token()
        os.rename(self.path("keys", self.key + ".p12"), self.path(self.key + ".p12"))
        with open(self.path("keys", self.key + ".p11"), "w", encoding="utf-8") as f:
            f.write('token { module = "%s" label = "Lãnh đạo" %s }\n' % (self.shim, self.options))
        with open(self.path("conf"), encoding="utf-8") as f:
            self.conf = f.read()
        with open(self.path("conf"), "a", encoding="utf-8") as f:
            f.write('tokens { modules = "%s" folders = "%s %s" }\n' % (self.shim, self.tokens, self.softhsm))

    def take_out(self):
        os.environ.clear()
        os.environ.update(self.env)
        if self.conf:
            os.unlink(self.path("keys", self.key + ".p11"))
            os.rename(self.path(self.key + ".p12"), self.path("keys", self.key + ".p12"))
            with open(self.path("conf"), "w", encoding="utf-8") as f:
                f.write(self.conf)
        shutil.rmtree(self.tokens, ignore_errors=True)
