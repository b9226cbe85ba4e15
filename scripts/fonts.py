#!/usr/bin/env python3
"""Makes the web client's font files: French and English signs only, weights 400 to 700.

The packaged fonts hold no narrow no-break space (U+202F), which French sets before ; ! ? and
inside guillemets: it is given the thin space's sign, of the same width. Run by hand when a font
package changes: `pip install fonttools brotli`, `npm ci` in web/, then `scripts/fonts.py`.
"""

import io
import pathlib
import shutil

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = pathlib.Path(__file__).resolve().parent.parent / "web"
FONTS = ROOT / "src/lib/theme/fonts"
SIGNS = (
    "U+0020-007E,U+00A0-00FF,U+0152-0153,U+0178,U+2009,U+2010-2015,U+2018-201E,U+2020-2022,"
    "U+2026,U+202F,U+2032-2033,U+2039-203A,U+20AC,U+2116,U+2122,U+2190-2193,U+2212,U+2248,"
    "U+2260,U+2264-2265"
)
FEATURES = ["kern", "liga", "lnum", "tnum", "pnum", "locl", "ccmp", "mark"]


def make(package: str, style: str) -> None:
    folder = ROOT / "node_modules/@fontsource-variable" / package
    font = TTFont(folder / f"files/{package}-latin-wght-{style}.woff2")
    for table in font["cmap"].tables:
        if table.isUnicode() and 0x2009 in table.cmap:
            table.cmap[0x202F] = table.cmap[0x2009]
    font = instancer.instantiateVariableFont(font, {"wght": (400, 700)})
    # Written and read again: the two libraries do not agree on a font half in memory.
    whole = io.BytesIO()
    font.flavor = None
    font.save(whole)
    font = TTFont(whole)
    options = subset.Options(layout_features=FEATURES, hinting=False, flavor="woff2")
    smaller = subset.Subsetter(options)
    smaller.populate(unicodes=subset.parse_unicodes(SIGNS))
    smaller.subset(font)
    assert 0x202F in font.getBestCmap()
    font.flavor = "woff2"
    out = FONTS / f"{package}-{style}.woff2"
    font.save(out)
    print(f"{out.relative_to(ROOT)}: {out.stat().st_size} bytes")
    shutil.copy(folder / "LICENSE", FONTS / f"{package}.OFL.txt")


for package in ("atkinson-hyperlegible-next", "literata"):
    for style in ("normal", "italic"):
        make(package, style)
