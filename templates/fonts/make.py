"""Makes the fonts of this folder: static Noto faces, cut down to what a report may hold.

    npm pack @expo-google-fonts/noto-sans @expo-google-fonts/noto-sans-mono @expo-google-fonts/noto-sans-sc
    for archive in *.tgz; do mkdir "${archive%.tgz}"; tar xzf "$archive" -C "${archive%.tgz}"; done
    pip install fonttools
    python3 make.py FOLDER-OF-THE-ARCHIVES
"""

import glob
import subprocess
import sys


def span(first, last):
    return set(range(first, last + 1))


def codec(name):
    """The characters of a double-byte encoding."""
    pairs = (bytes([lead, trail]) for lead in range(0x81, 0xFF) for trail in range(0x40, 0xFF))
    decoded = (pair.decode(name, errors="replace") for pair in pairs)
    points = {ord(text) for text in decoded if len(text) == 1 and text != "\ufffd"}
    return points - span(0xE000, 0xF8FF)


# Soft hyphen and format characters are left out: reports spell them out.
ALPHABETS = (
    (span(0x20, 0x7E) | span(0xA1, 0x24F) | span(0x2B0, 0x2FF) | span(0x300, 0x36F) | {0x259})
    | (span(0x370, 0x3FF) | span(0x400, 0x52F) | span(0x1E00, 0x1FFF) | span(0x2010, 0x2027))
    | (span(0x2030, 0x205E) | span(0x2070, 0x209C) | span(0x20A0, 0x20C0) | span(0x2100, 0x218B))
) - {0xAD}
SYMBOLS = span(0x2190, 0x23FF) | span(0x2460, 0x27BF)
EAST_ASIA = span(0x3000, 0x30FF) | span(0x3200, 0x33FF) | span(0xFE30, 0xFE4F) | span(0xFF00, 0xFFEF)

FACES = {
    "NotoSans-Regular": ALPHABETS,
    "NotoSans-Bold": ALPHABETS,
    "NotoSansMono-Regular": ALPHABETS | SYMBOLS,
    "NotoSansSC-Regular": codec("gbk") | SYMBOLS | EAST_ASIA,
    # Rare characters of a bold text are shown in the regular face.
    "NotoSansSC-Bold": codec("gb2312") | SYMBOLS | EAST_ASIA,
}

for face, points in FACES.items():
    family, weight = face.split("-")
    [source] = glob.glob(f"{sys.argv[1]}/**/{family}_?00{weight}.ttf", recursive=True)
    subprocess.check_call([
        "pyftsubset", source, f"--output-file={face}.ttf",
        "--unicodes=" + ",".join(f"{point:04X}" for point in sorted(points)),
        "--no-hinting", "--layout-features=", "--notdef-outline", "--no-glyph-names",
        "--drop-tables+=GSUB,GPOS,GDEF,vhea,vmtx,BASE,VORG,STAT,DSIG,gasp",
        "--name-IDs=0,1,2,3,4,5,6,13,14",
    ])
