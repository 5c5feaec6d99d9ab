"""Compile every translation catalogue (locale/*/LC_MESSAGES/*.po) without needing gettext on the machine."""

from pathlib import Path

import polib

for catalogue in Path(__file__).resolve().parent.parent.glob("locale/*/LC_MESSAGES/*.po"):
    polib.pofile(str(catalogue)).save_as_mofile(str(catalogue.with_suffix(".mo")))
