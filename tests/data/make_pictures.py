#!/usr/bin/python3
"""Writes the demo's pictures: signature-N.png (a blue scribble, transparent) for N = 1, 2, 3, and seal.png (a red ring with a star that says
it is a demo and of no worth). Invented, not anybody's. Standard library only. make_pictures.py FOLDER"""
import math
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truetype import Font  # noqa: E402

BOLD = '/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf'


def png(width, height, colour, alpha):
    rows = b''.join(b'\0' + b''.join(bytes(colour) + bytes([a]) for a in alpha[y * width:(y + 1) * width]) for y in range(height))

    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 6, 0, 0, 0)) + \
        chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b'')


class Canvas:
    def __init__(self, width, height):
        self.w, self.h, self.a = width, height, bytearray(width * height)

    def put(self, x, y, v):
        if 0 <= x < self.w and 0 <= y < self.h:
            i = y * self.w + x
            self.a[i] = max(self.a[i], min(255, int(v)))

    def disc(self, cx, cy, r):
        for y in range(int(cy - r - 1), int(cy + r + 2)):
            for x in range(int(cx - r - 1), int(cx + r + 2)):
                self.put(x, y, 255 * max(0, min(1, r + 0.5 - math.hypot(x - cx, y - cy))))

    def ring(self, cx, cy, r, half):
        for y in range(self.h):
            for x in range(self.w):
                d = abs(math.hypot(x - cx, y - cy) - r)
                if d < half + 1:
                    self.put(x, y, 255 * max(0, min(1, half + 0.5 - d)))

    def fill(self, contours):
        """Non-zero winding, four samples a row and four a pixel."""
        edges = [(a, b) for c in contours for a, b in zip(c, c[1:] + c[:1]) if a[1] != b[1]]
        if not edges:
            return
        low = int(min(min(a[1], b[1]) for a, b in edges))
        high = int(max(max(a[1], b[1]) for a, b in edges)) + 1
        for y in range(max(low, 0), min(high, self.h)):
            cover = [0] * self.w
            for s in range(4):
                at = y + (s + 0.5) / 4
                hits = sorted((a[0] + (at - a[1]) * (b[0] - a[0]) / (b[1] - a[1]), 1 if a[1] < b[1] else -1)
                              for a, b in edges if min(a[1], b[1]) <= at < max(a[1], b[1]))
                wind = 0
                for (x0, d), (x1, _) in zip(hits, hits[1:]):
                    wind += d
                    if wind:
                        for i in range(max(int(x0 * 4 + 0.5), 0), min(int(x1 * 4 + 0.5), self.w * 4)):
                            cover[i // 4] += 1
            for x, c in enumerate(cover):
                if c:
                    self.put(x, y, 255 * c / 16)


def signature(n):
    c = Canvas(480, 240)
    steps = 2600
    for i in range(steps):
        t = i / steps
        x = 50 + 370 * t + 46 * math.sin(2 * math.pi * (3 + n) * t) * (1 - t)
        y = 125 - 70 * math.sin(2 * math.pi * (2.6 + n * 0.4) * t + n) * (1 - 0.6 * t) - 20 * math.cos(9 * t * n)
        c.disc(x, y, 2.2 + 1.6 * abs(math.sin(11 * t + n)))
    for i in range(700):  # the stroke below
        t = i / 700
        c.disc(70 + 330 * t, 205 - 26 * math.sin(math.pi * t) - 8 * n * t, 1.6 + 1.2 * t)
    return png(c.w, c.h, (24, 58, 158), bytes(c.a))


def star(cx, cy, r):
    points = []
    for i in range(10):
        radius = r if i % 2 == 0 else r * 0.382
        points.append((cx + radius * math.sin(i * math.pi / 5), cy - radius * math.cos(i * math.pi / 5)))
    return points


def round_text(c, font, text, radius, size, centre, start, clockwise):
    """Letters along a circle, upright from inside (clockwise over the top) or from outside (along the bottom)."""
    scale = size / font.upem
    total = font.text_width(text, size)
    at = -total / 2
    for char in text:
        g = font.glyph(char)
        w = font.width(g) * scale
        angle = start + (at + w / 2) / radius * (1 if clockwise else -1)
        s, k = math.sin(angle), math.cos(angle)
        shapes = []
        for contour in font.contours(g):
            shape = []
            for x, y in contour:
                dx, dy = (x - font.width(g) / 2) * scale, y * scale
                if clockwise:
                    px, py = centre + (radius + dy) * s + dx * k, centre - (radius + dy) * k + dx * s
                else:
                    px, py = centre + (radius - dy) * s - dx * k, centre - (radius - dy) * k - dx * s
                shape.append((px, py))
            shapes.append(shape)
        c.fill(shapes)
        at += w


def seal():
    size = 425  # 36 mm at 300 dpi
    c, m, font = Canvas(size, size), size / 2, Font(BOLD)
    c.ring(m, m, m - 6, 4)
    c.ring(m, m, m - 18, 1.5)
    c.ring(m, m, m * 0.58, 1.5)
    c.fill([star(m, m + 4, m * 0.42)])
    round_text(c, font, 'CON DẤU MẪU · DEMO', m * 0.66, 40, m, 0, True)
    round_text(c, font, 'KHÔNG CÓ GIÁ TRỊ', m * 0.66 + 28, 38, m, math.pi, False)
    return png(size, size, (206, 24, 30), bytes(c.a))


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    for n in (1, 2, 3):
        with open(os.path.join(out, 'signature-%d.png' % n), 'wb') as f:
            f.write(signature(n))
    with open(os.path.join(out, 'seal.png'), 'wb') as f:
        f.write(seal())


main()
