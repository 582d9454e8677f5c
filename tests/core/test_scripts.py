"""What the commands in script/ decide: which archive, which Odoo, which tests, which skips."""

import pytest

from devenv import debian_sources, odoo_source, test_parts, test_results
from devenv.progress import SetupError

DEB822 = """\
# The machine's own.
Types: deb
URIs: http://archive.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
URIs: http://archive.example/security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: trixie
Components: main
"""
ONE_LINE = """\
# deb http://commented.example/debian trixie main
deb [arch=amd64 signed-by=/keys/one.gpg] http://mirror.example/debian trixie main non-free # local
deb-src http://source.example/debian trixie main
deb http://vendor.example/apt stable tools
"""


@pytest.fixture
def apt(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_archives_in_both_formats(apt):
    (apt / "sources.list").write_text(ONE_LINE)
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc"
    assert debian_sources.configured_archives(apt) == [
        {"URIs": "http://mirror.example/debian", "Signed-By": "/keys/one.gpg"},
        {"URIs": "http://archive.example/debian", "Signed-By": key},
    ]


def test_archive_is_written_for_another_suite():
    text = debian_sources.stanza_text({"URIs": "http://mirror.example/debian", "Signed-By": "/keys/one.gpg"}, "sid")
    assert text.splitlines() == [
        "Types: deb",
        "URIs: http://mirror.example/debian",
        "Signed-By: /keys/one.gpg",
        "Suites: sid",
        "Components: main",
        "",
    ]


class Offer:
    """An apt that offers given versions."""

    def __init__(self, **packages):
        self.packages = {name.replace("_", "-"): versions for name, versions in packages.items()}

    def versions(self, package):
        return self.packages.get(package, [])


def test_known_version_of_odoo_is_taken(capsys):
    offer = Offer(odoo_19=["19.0.1+dfsg-1", odoo_source.KNOWN_VERSION])
    assert odoo_source.choose_version(offer) == odoo_source.KNOWN_VERSION
    assert not capsys.readouterr().out


def test_another_version_of_the_series_is_taken_with_a_notice(capsys):
    assert odoo_source.choose_version(Offer(odoo_19=["19.0.1+dfsg-1"])) == "19.0.1+dfsg-1"
    assert "Taking 19.0.1+dfsg-1 instead" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("offer", "told"),
    [
        (Offer(), "has no package odoo-19."),
        (Offer(odoo_20=["20.0-1"]), "no package odoo-19, but odoo-20 20.0-1"),
        (Offer(odoo_19=["19.3-1"]), "has odoo-19 19.3-1"),
    ],
)
def test_without_the_series_the_way_on_is_told(offer, told):
    with pytest.raises(SetupError) as error:
        odoo_source.choose_version(offer)
    assert told in str(error.value)
    assert "ODOO_SRC" in str(error.value)


def test_without_paths_every_part_is_selected():
    selection = test_parts.select(["-x", "-k", "tests"])
    assert list(selection.paths) == list(test_parts.PARTS)
    assert selection.options == ["-x", "-k", "tests"]
    assert selection.is_narrowed


def test_paths_select_their_parts():
    assert list(test_parts.select(["tests"]).paths) == [test_parts.CORE, test_parts.LIVE]
    selected = test_parts.select(["tests/core/conftest.py::name"]).paths
    assert list(selected) == [test_parts.CORE]
    assert selected[test_parts.CORE][0].endswith("tests/core/conftest.py::name")


@pytest.mark.parametrize("word", ["tests/absent.py", "script"])
def test_a_path_without_tests_is_an_error(word):
    with pytest.raises(SetupError):
        test_parts.select([word])


REPORT = """\
<testsuites><testsuite>
<testcase classname="a" name="good"/>
<testcase classname="a" name="bad"><failure message="no"/></testcase>
<testcase classname="a" name="broken"><error message="no"/></testcase>
<testcase classname="a" name="left"><skipped type="pytest.skip" message="Chrome executable not found"/></testcase>
</testsuite></testsuites>
"""


def test_report_is_counted(tmp_path):
    (tmp_path / "report.xml").write_text(REPORT)
    results = test_results.read(tmp_path / "report.xml", exit_code=1)
    assert results.line() == "1 passed, 2 failed, 1 skipped"
    assert results.skips == ["a::left: Chrome executable not found"]


def test_run_that_ended_badly_is_a_failure(tmp_path):
    assert test_results.read(tmp_path / "absent.xml", exit_code=3).failed == 1


def test_skip_needs_an_allowed_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(test_results, "ALLOWED_SKIPS", tmp_path / "allowed.txt")
    (tmp_path / "allowed.txt").write_text("# why\nneeds a printer\n")
    skips = ["a::b: needs a printer here", "a::c: Chrome executable not found"]
    assert test_results.not_allowed(skips) == skips[1:]
