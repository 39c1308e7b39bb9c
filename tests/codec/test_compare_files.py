"""The streaming comparison of big files: as true as the ordinary one, and as quick as promised."""

from __future__ import annotations

import time

import pytest

from sfmeta.codec import block_stream, xml
from sfmeta.codec.compare import apply, compare, compare_files
from sfmeta.errors import SourceError

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<Profile xmlns="http://soap.sforce.com/2006/04/metadata">\n'
TAIL = b"    <userLicense>Salesforce</userLicense>\n</Profile>\n"


def block(number: int, editable: str = "false") -> bytes:
    lines = (
        "    <fieldPermissions>",
        f"        <editable>{editable}</editable>",
        f"        <field>Account.Field_{number}__c</field>",
        "        <readable>true</readable>",
        "    </fieldPermissions>",
    )
    return "".join(f"{line}\n" for line in lines).encode()


def profile(*blocks: bytes) -> bytes:
    return HEAD + b"".join(blocks) + TAIL


def streamed(old: bytes, new: bytes) -> bool:
    return block_stream.remainder("Profile", old, new, ("", "")) is not None


def test_only_what_differs_becomes_a_value() -> None:
    old = profile(*(block(n) for n in range(100)))
    new = profile(*(block(n, "true" if n == 70 else "false") for n in reversed(range(100))))
    rest = block_stream.remainder("Profile", old, new, ("", ""))
    assert rest is not None
    assert [rest.old.count(b"<fieldPermissions>"), rest.new.count(b"<fieldPermissions>")] == [1, 1]
    (change,) = compare_files("Profile", old, new)
    assert change.path == ("fieldPermissions[Account.Field_70__c]", "editable")
    assert change.old is not None
    assert change.new is not None
    assert (change.old.text, change.new.text) == ("false", "true")
    assert old.splitlines()[change.old.line - 1] == b"        <editable>false</editable>", "lines stay the file's own"
    assert new.splitlines()[change.new.line - 1] == b"        <editable>true</editable>"


def test_formatting_and_order_leave_nothing() -> None:
    old = profile(*(block(n) for n in range(50)))
    new = profile(*(block(n).replace(b"\n", b"\r\n").replace(b"    ", b"\t") for n in reversed(range(50))))
    rest = block_stream.remainder("Profile", old, new, ("", ""))
    assert rest is not None
    assert b"fieldPermissions" not in rest.new
    assert compare_files("Profile", old, new) == ()


UNUSUAL = {
    "a comment": block(1).replace(b"<editable>", b"<!-- <fieldPermissions> --><editable>"),
    "CDATA": block(1).replace(b"Account.Field_1__c", b"<![CDATA[Account.Field_1__c]]>"),
    "a key twice": block(1) + block(1, "true"),
    "an attribute on a block": block(1).replace(b"<fieldPermissions>", b'<fieldPermissions id="a>b">'),
    "a block in a block of its name": block(1).replace(
        b"<readable>true</readable>", b"<fieldPermissions><x/></fieldPermissions>"
    ),
    "a name that starts like another": b"<fieldPermissionsX>1</fieldPermissionsX>" + block(1),
    "a character reference in a key": block(1).replace(b"Field_1__c", b"Field&#95;1__c"),
    "an instruction": b"<?php x?>" + block(1),
    "space in the end tag": block(1).replace(b"</fieldPermissions>", b"</fieldPermissions >"),
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_what_is_unusual_is_compared_the_ordinary_way(case: str) -> None:
    odd = UNUSUAL[case]
    old, new = profile(block(1), block(2)), profile(odd, block(2, "true"))
    expected = compare("Profile", xml.parse(old), xml.parse(new))
    assert compare_files("Profile", old, new) == expected
    back = compare("Profile", xml.parse(new), xml.parse(old))
    assert compare_files("Profile", new, old) == back
    assert compare("Profile", apply("Profile", expected, xml.parse(old)), xml.parse(new)) == ()


def test_an_entity_in_a_key_is_one_key_however_it_is_spelled() -> None:
    def layout(name: bytes) -> bytes:
        return b"<layoutAssignments><layout>" + name + b"</layout></layoutAssignments>\n"

    old, new = profile(layout(b"A-&quot;B&quot; &amp; C")), profile(layout(b'A-"B" &amp; C'))
    assert streamed(old, new)
    assert compare_files("Profile", old, new) == ()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (profile(block(1)).replace(b"</editable>", b"", 1), "not well-formed"),
        (profile(block(1)) + b"<again/>", "not well-formed"),
        (profile(b"<a>\n&nope;</a>"), "not well-formed"),
        (profile(block(1)).replace(b"?>\n", b"?>\n<!DOCTYPE Profile>", 1), "has a DTD"),
        (b"", "the file is empty"),
        (profile(b"<a>\xff</a>"), "not well-formed"),
        (profile(b"text"), "text stands beside elements"),
    ],
)
def test_equal_blocks_do_not_hide_that_a_file_is_broken(bad: bytes, message: str) -> None:
    for pair in ((profile(block(1)), bad), (bad, profile(block(1)))):
        with pytest.raises(SourceError, match=message):
            compare_files("Profile", *pair, files=("old", "new"))


def test_one_value_among_a_thousand_is_one_change_within_20_ms() -> None:
    old = profile(*(block(n) for n in range(1000))).replace(b"Profile", b"PermissionSet")
    new = old.replace(block(500), block(500, "true"))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        changes = compare_files("PermissionSet", old, new)
        times.append(time.perf_counter() - start)
        assert len(changes) == 1
    assert min(times) < 0.02


def test_effort_is_linear_in_size() -> None:
    def seconds(count: int) -> float:
        old = profile(*(block(n) for n in range(count)))
        new = old.replace(block(7), block(7, "true"))
        start = time.perf_counter()
        assert len(compare_files("Profile", old, new)) == 1
        return time.perf_counter() - start

    small = min(seconds(2_000) for _ in range(3))
    large = min(seconds(20_000) for _ in range(2))
    assert large < small * 25, "ten times the size, well below a hundred times the effort"
