"""What may name a sweep, and what files are named after other names."""

from pathlib import Path

import pytest
from hostile import NAMES, few
from hypothesis import given
from hypothesis import strategies as st

from inr.errors import UsageError
from sweeps.file.names import as_name, refusal
from sweeps.file.spec import load_spec

BODY = "method: grid\nparameters: {seed: {value: 0}}\n"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("'../../../escaped/x'", "contains '/'"),
        ("/absolute", "contains '/'"),
        ("a/b", "contains '/'"),
        ('"a\\nb\\0c"', r"contains '\\n'"),
        ('"a\\0c"', r"contains '\\x00'"),
        ('"\\e[2J"', r"contains '\\x1b'"),
        ('"\\u202Etxt"', r"contains '\\u202e'"),
        ('"\\uDCFF"', r"contains '\\udcff'"),
        (".", r"begins with '\.'"),
        ("..", r"begins with '\.'"),
        (".hidden", r"begins with '\.'"),
        ("-rf", "begins with '-'"),
        ("' x'", "begins or ends with a space"),
        ("'  '", "is empty"),
        ("a" * 101, "has 101 characters, 101 bytes"),
        ("π" * 100 + "ω", "has 101 characters, 202 bytes"),
    ],
)
def test_a_name_that_is_no_file_is_one_more_mistake_with_its_line(tmp_path: Path, name: str, why: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"method: gird\n# a comment\nname: {name}\n{BODY.partition(chr(10))[2]}", encoding="utf-8")
    with pytest.raises(UsageError, match=rf"x\.yaml:3: the name .* {why}: give at most 100 printable") as found:
        load_spec(file)
    assert "x.yaml:1: unknown method 'gird'" in str(found.value)
    assert len(str(found.value).splitlines()) == 2


@pytest.mark.parametrize("stem", [".hidden", "-rf", "a\nb", "a" * 150])
def test_the_name_that_a_file_gives_by_its_own_is_checked_as_well(tmp_path: Path, stem: str) -> None:
    file = tmp_path / f"{stem}.yaml"
    file.write_text(BODY)
    with pytest.raises(UsageError, match=":1: the sweep has no name, and the file's own cannot be one: '"):
        load_spec(file)
    file.write_text(f"name: fine\n{BODY}")
    assert load_spec(file).name == "fine"


@pytest.mark.parametrize("name", ["a", "a.b", "a b", "[red]x[b]", "größe 2, {x}", "π" * 100, "100%"])
def test_any_other_name_is_taken(name: str) -> None:
    assert refusal(name) is None


@few
@given(NAMES | st.just(""))
def test_a_name_can_be_made_of_anything(text: str) -> None:
    name = as_name(text)
    assert refusal(name) is None
    assert as_name(name) == name
    assert Path("x", name).name == name


def test_two_long_texts_have_two_names() -> None:
    assert as_name("x" * 500 + "a") != as_name("x" * 500 + "b")
