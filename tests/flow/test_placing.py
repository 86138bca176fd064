"""Where visible signatures come to stand, measured on the page as it is printed: the leader's picture between title and name, in its own blue; the office's seal 36 mm high, red, over a third
of it to the left (Decree 30/2020 App. I), on turned and cropped pages too. And places given by the user: as asked, or refused with what there is."""
import os
import re
import subprocess
import sys

import pytest

from test_signing import DATA, cli, desk, letter, newest, submitted  # noqa: F401 (desk is a fixture)

DPI = 100
MM = 72 / 25.4
BLUE, RED = (24, 58, 158), (206, 24, 30)  # of tests/data/make_pictures.py
NAME = "Nguyễn Văn Mẫu"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("anh"))
    subprocess.run([sys.executable, os.path.join(DATA, "make_pictures.py"), folder], check=True)
    return {name: os.path.join(folder, name + ".png") for name in ("signature-1", "seal")}


def printed(data):
    """Rows of (r, g, b) of the page as it is seen."""
    ppm = subprocess.run(["pdftoppm", "-r", str(DPI), "-cropbox", "-f", "1", "-singlefile", "-"], input=data, capture_output=True, check=True).stdout
    _, width, height, _, pixels = re.match(rb"(P6)\s+(\d+)\s+(\d+)\s+(255)\s(.*)", ppm, re.S).groups()
    width, height = int(width), int(height)
    return [list(zip(*(pixels[y * width * 3 + i:(y + 1) * width * 3:3] for i in range(3)))) for y in range(height)]


def spot(rows, like):
    """(x0, y0, x1, y1) in points of what is printed in this colour (blue or red), from the upper left corner; and its purest pixel."""
    main = like.index(max(like))
    box, best = [1 << 30, 1 << 30, 0, 0], (1 << 30, None)
    for y, row in enumerate(rows):
        if not any(p[main] - 60 > p[(main + 1) % 3] and p[main] - 60 > p[(main + 2) % 3] for p in set(row)):
            continue
        for x, p in enumerate(row):
            if p[main] - 60 > p[(main + 1) % 3] and p[main] - 60 > p[(main + 2) % 3]:
                box = [min(box[0], x), min(box[1], y), max(box[2], x + 1), max(box[3], y + 1)]
                best = min(best, (sum(abs(a - b) for a, b in zip(p, like)), p))
    return [v * 72 / DPI for v in box], best[1]


def words(data):
    """[(x0, y0, x1, y1, word)] of page 1 as it is seen."""
    out = subprocess.run(["pdftotext", "-bbox", "-cropbox", "-l", "1", "-", "-"], input=data, capture_output=True, check=True).stdout.decode()
    return [(*(float(v) for v in m.groups()[:4]), m.group(5)) for m in
            re.finditer(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">([^<]*)<', out)]


def near(a, b, by=1.6):  # two pixels are 1.44 points
    return abs(a - b) <= by


@pytest.mark.parametrize("page", [{}, {"rotate": "90"}, {"rotate": "90", "crop": "40"}, {"rotate": "180", "crop": "30"}, {"rotate": "270", "shift": "-20"}, {"crop": "50", "shift": "35", "inherit": "yes"}],
                         ids=lambda p: "-".join(k + v for k, v in p.items()) or "upright")
def test_leader_and_office(desk, pictures, page):  # noqa: F811
    d = submitted(desk, letter(desk, **page))
    text = words(newest(desk, d)[1])
    title = [w for w in text if w[4] == "THƯ"][-1]
    mau = [w for w in text if w[4] == "Mẫu"][-1]
    name = [w for w in text if w[4] in NAME.split() and near(w[1], mau[1])]
    pin = ("--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes")
    cli(desk, "bithu", "sign", d, "--key", "leader1", "--png", pictures["signature-1"], *pin)
    signed = newest(desk, d)[1]
    (x0, y0, x1, y1), colour = spot(printed(signed), BLUE)
    # between the line of the title and the line of the name, over the middle of the name
    assert title[3] <= y0 and y1 <= name[0][1], (title, (x0, y0, x1, y1), name)
    assert near((x0 + x1) / 2, (name[0][0] + name[-1][2]) / 2, 12), "the picture's ink is not quite in the middle of the picture"
    assert all(abs(a - b) <= 3 for a, b in zip(colour, BLUE)), colour

    cli(desk, "vanthu", "document", "number", d)
    cli(desk, "vanthu", "seal", d, "--key", "office", "--png", pictures["seal"], "--pin-file", os.path.join(desk.signer.dir, "office.pin"), "--yes")
    done = newest(desk, d)[1]
    rows = printed(done)
    (sx0, sy0, sx1, sy1), colour = spot(rows, RED)
    assert all(abs(a - b) <= 3 for a, b in zip(colour, RED)), colour
    # of the picture's 425 pixels the ring takes all but 2 to 3 on each side
    for side in (sx1 - sx0, sy1 - sy0):
        assert near(side, 36 * MM * 421 / 425), side / MM
    # the signature's box: the picture is 480 × 240, as large as fits between title and name
    leader = box_of(desk, d, done, 0)
    seal_right = sx1 + 36 * MM * 2 / 425
    third = (seal_right - leader[0]) / (leader[2] - leader[0])
    assert 0.30 <= third <= 0.37, third
    assert sx0 < leader[0], "to its left"
    assert near((sy0 + sy1) / 2, (leader[1] + leader[3]) / 2), "level with it"
    # and the leader's is still there, under it
    assert near(spot(rows, BLUE)[0][2], x1)


def box_of(desk, d, data, number):  # noqa: F811
    """The visible signature's rectangle as it is seen, from the page's upper left corner: the annotation's /Rect turned by the page's /Rotate."""
    path = os.path.join(desk.signer.dir, "o.pdf")
    with open(path, "wb") as f:
        f.write(data)
    shown = subprocess.run(["mutool", "show", path, "pages/1"], capture_output=True, text=True, check=True).stdout
    tree = subprocess.run(["mutool", "show", path, "trailer/Root/Pages"], capture_output=True, text=True, check=True).stdout

    def numbers(key):
        for place in (shown, tree):
            m = re.search(r"/%s \[([^\]]*)\]" % key, place)
            if m:
                return [float(n) for n in m.group(1).split()]
        return None

    crop = numbers("CropBox") or numbers("MediaBox")
    rotate = re.search(r"/Rotate (\d+)", shown) or re.search(r"/Rotate (\d+)", tree)
    rects = []
    fields = subprocess.run(["mutool", "show", path, "trailer/Root/AcroForm/Fields/*"], capture_output=True, text=True, check=True).stdout
    for one in fields.split("endobj"):
        m = re.search(r"/Rect \[([^\]]*)\]", one)
        if m and "/FT /Sig" in one:
            rects.append([float(n) for n in m.group(1).split()])
    r = rects[number]
    x0, y0, x1, y1 = r[0] - crop[0], r[1] - crop[1], r[2] - crop[0], r[3] - crop[1]
    w, h = crop[2] - crop[0], crop[3] - crop[1]
    return {0: (x0, h - y1, x1, h - y0), 90: (y0, x0, y1, x1), 180: (w - x1, y0, w - x0, y1), 270: (h - y1, w - x1, h - y0, w - x0)}[int(rotate.group(1)) if rotate else 0]


# --- given by the user ---

def prepare(desk, d, **more):  # noqa: F811
    return desk.people["bithu"].post("/v1/signings", {"document": d, "move": "sign", "key": "leader1", "level": "B-B", **more})


def rect_of(desk, signing):  # noqa: F811
    tail = desk.people["bithu"].get("/v1/signings/%s/tail" % signing).body
    found = [re.search(rb"/Rect ?\[([^\]]*)\]", one) for one in tail.split(b"endobj") if b"/FT /Sig" in one]
    return [[float(n) for n in m.group(1).split()] for m in found if m]


def test_a_rectangle_is_taken_as_given(desk):  # noqa: F811
    d = submitted(desk, letter(desk, pages="2"))
    for given, page in (([100, 100, 300, 200], 1), ([300, 200, 100, 100], 2), ([20.5, 30.25, 120.5, 90.75], 0)):
        a = prepare(desk, d, rect=given, page=page)
        assert a.code == 201, a
        rects = rect_of(desk, a.json["id"])
        assert [min(given[0], given[2]), min(given[1], given[3]), max(given[0], given[2]), max(given[1], given[3])] in rects, rects
    # and signed so: it stands on the page that was asked for
    cli(desk, "bithu", "sign", d, "--key", "leader1", "--page", "1", "--anchor", "Kính gửi", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes")


@pytest.mark.parametrize("wish, code, where, got, want", [
    ({"rect": [900, 900, 950, 950]}, "pdf.place.rect", "rect", "900 900 950 950", "0 0 595.28 841.89"),
    ({"rect": [-200, 10, -100, 60], "page": 1}, "pdf.place.rect", "rect", "-200 10 -100 60", "0 0 595.28 841.89"),
    ({"rect": [500, 100, 700, 200]}, "pdf.place.rect", "rect", "500 100 700 200", "0 0 595.28 841.89"),
    ({"rect": [100, -50, 300, 50]}, "pdf.place.rect", "rect", "100 -50 300 50", "0 0 595.28 841.89"),
    ({"rect": [100, 100, 100.5, 200]}, "pdf.place.small", "rect", "0.5 100", "8 8"),
    ({"rect": [100, 100, 300, 107.5]}, "pdf.place.small", "rect", "200 7.5", "8 8"),
    # two lines of text of 4 points
    ({"rect": [100, 100, 300, 109]}, "pdf.place.small", "rect", "200 9", None),
    ({"rect": [100, 100, 120, 200]}, "pdf.place.small", "rect", "20 100", None),
    ({"page": 9}, "pdf.page.number", "page", "9", "1-1"),
    ({"page": 9, "rect": [100, 100, 200, 200]}, "pdf.page.number", "page", "9", "1-1"),
    ({"anchor": "Không in ở đâu cả"}, "pdf.place.anchor", "anchor", "Không in ở đâu cả", None),
])
def test_off_the_page_is_refused_with_what_there_is(desk, wish, code, where, got, want):  # noqa: F811
    a = prepare(desk, submitted(desk), **wish)
    assert a.code == 422, a
    finding = next(f for f in a.json["findings"] if f["code"] == code)
    assert (finding.get("where"), finding.get("got")) == (where, got) and finding["text"], finding
    if code == "pdf.place.small" and want is None:  # by what the signer is called
        width, height = (float(n) for n in finding["want"].split())
        assert 20 < width < 80 and height == 9.6, finding
    else:
        assert finding.get("want") == want, finding
