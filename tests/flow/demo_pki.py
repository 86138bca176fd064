"""A demo PKI of a test's own (tests/data/make_pki): a copy of the build's, which is as good as another one, or, where its certificates name a server of the test's, certificates
made anew for the build's keys. Making the keys is most of the work."""
import os
import shutil
import subprocess

from office import BUILD, SRC

MADE = os.path.join(BUILD, "tests", "data", "pki")


def make(folder, url=None):
    """folder: absent. url: where its certificates say that revocation data and issuers are to be had."""
    is_made = os.path.exists(os.path.join(MADE, "root.pem"))
    if is_made and url is None:
        shutil.copytree(MADE, folder)
        return
    more = {**({"PKI_URL": url} if url else {}), **({"PKI_KEYS": MADE} if is_made else {})}
    subprocess.run(["sh", os.path.join(SRC, "tests", "data", "make_pki"), folder], check=True, env={**os.environ, **more})
