"""A secret below an added or removed element is no more shown than one that changed."""

from __future__ import annotations

from sfmeta.codec import xml
from sfmeta.codec.compare import compare, compare_files, unmet
from sfmeta.model.element import Element

PLAIN = Element.of("ConnectedApp", Element.of("label", text="X"))
SECRET = Element.of(
    "ConnectedApp",
    Element.of("label", text="X"),
    Element.of(
        "oauthConfig",
        Element.of("callbackUrl", text="https://x"),
        Element.of("consumerSecret", text="CANARY"),
    ),
)


def test_added_and_removed_subtrees_come_without_their_secrets() -> None:
    found = [
        *compare("ConnectedApp", PLAIN, SECRET),
        *compare("ConnectedApp", SECRET, PLAIN),
        *compare_files("ConnectedApp", xml.write(PLAIN), xml.write(SECRET)),
        *unmet("ConnectedApp", SECRET, PLAIN),
    ]
    assert len(found) == 4
    assert "callbackUrl" in repr(found)
    assert "CANARY" not in repr(found)
