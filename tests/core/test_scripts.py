"""What the commands in script/ decide: which archive, which Odoo, which tests, which skips."""

import json
import os
import signal
import sys
import threading
import time

import pytest

from devenv import (
    commands,
    debian_sources,
    odoo_source,
    side_by_side,
    test_databases,
    test_jobs,
    test_parts,
    test_results,
    test_run,
)
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


def test_whole_parts_run_side_by_side_and_anything_else_as_it_comes(monkeypatch):
    monkeypatch.setattr(test_jobs.os, "sched_getaffinity", lambda _process: range(3))
    assert [test_jobs.lanes(test_parts.select(words)) for words in ([], ["tests"], ["tests/live"])] == [3, 3, 3]
    for words in (["-x"], ["--lf"], ["tests/live/test_bench.py"], ["tests/core", "tests/live/test_bench.py"]):
        assert test_jobs.lanes(test_parts.select(words)) == 1
    monkeypatch.setattr(test_jobs.os, "sched_getaffinity", lambda _process: range(64))
    assert test_jobs.lanes(test_parts.select([])) == 4


def test_every_test_is_in_one_process():
    jobs = test_jobs.split(test_parts.select([]), lanes=2)
    assert [job.name for job in jobs] == ["core", *(f"{part}{n}" for part in ("live", "addon") for n in range(1, 7))]
    for part in (test_parts.ADDON_PART, test_parts.LIVE):
        files = [path for job in jobs if job.part is part for path in job.paths]
        found = (test_jobs.CHECKOUT / part.folder).rglob("test_*.py")
        assert sorted(files) == sorted(str(file.relative_to(test_jobs.CHECKOUT)) for file in found)
    with_store = [job.name for job in jobs if any("/vendure" in file for file in job.paths)]
    assert with_store == ["live1"], "two processes would start a store on the same port"


def test_one_lane_takes_each_part_as_it_was_selected():
    jobs = test_jobs.split(test_parts.select(["tests/live/test_bench.py", "tests/core"]), lanes=1)
    assert [(job.name, len(job.paths)) for job in jobs] == [("core", 1), ("live", 1)]


def test_groups_weigh_about_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(test_jobs, "CHECKOUT", tmp_path)
    for name, size in {"a": 50, "b": 30, "c": 30, "d": 10, "e": 5}.items():
        (tmp_path / name).write_text("x" * size)
    assert test_jobs.balanced([["a"], ["b"], ["c", "d"], ["e"]], 2) == [["a", "e"], ["c", "d", "b"]]
    assert test_jobs.balanced([["a"]], 3) == [["a"]]


def test_files_of_one_store_stay_together_and_stores_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(test_jobs, "CHECKOUT", tmp_path)
    for name in ("test_a.py", "shop/test_b.py", "shop_books/test_c.py", "other/test_d.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    units = [["test_a.py"], ["other/test_d.py"], ["shop/test_b.py", "shop_books/test_c.py"]]
    assert test_jobs._units(tmp_path) == units


TALKER = "import sys, time; print('begin'); sys.stdout.flush(); time.sleep(0.3); print('end'); sys.exit(3)"


def test_output_of_programs_side_by_side_is_whole(capfd, tmp_path, monkeypatch):
    monkeypatch.setattr(side_by_side, "LOGS", tmp_path)
    programs = side_by_side.SideBySide()
    codes = programs.call(lambda name: programs.run([sys.executable, "-c", TALKER], name), ["a", "b", "c"], 3)
    assert codes == [3, 3, 3]
    assert capfd.readouterr().out == "begin\nend\n" * 3


SLEEPER = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("{file}.started").write_text(str(child.pid))
try:
    time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path("{file}.ended").touch()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_reaches_all_programs_once_and_begins_no_more(tmp_path, monkeypatch, number):
    monkeypatch.setattr(side_by_side, "LOGS", tmp_path)
    programs = side_by_side.SideBySide()
    begun = []

    def run(name):
        begun.append(name)
        return programs.run([sys.executable, "-c", SLEEPER.format(file=tmp_path / name)], name)

    def interrupt():
        while len(list(tmp_path.glob("*.started"))) < 2:
            time.sleep(0.05)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        programs.call(run, ["a", "b", "c"], 2)
    thread.join()
    assert begun == ["a", "b"]
    assert len(list(tmp_path.glob("*.ended"))) == 2
    children = [int(file.read_text()) for file in tmp_path.glob("*.started")]
    deadline = time.monotonic() + 10
    while any(map(commands.process_command_line, children)):
        assert time.monotonic() < deadline, "what they started has ended, too"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_failures_of_all_processes_are_known_to_the_next_run(tmp_path, monkeypatch):
    monkeypatch.setattr(test_run, "_CACHE", tmp_path)
    jobs = [test_jobs.Job(name, test_parts.LIVE, []) for name in ("live1", "live2", "live3")]
    for job, test in zip(jobs, ("a.py::bad", "b.py::worse"), strict=False):
        folder = tmp_path / job.name / "v" / "cache"
        folder.mkdir(parents=True)
        (folder / "lastfailed").write_text(json.dumps({test: True}))
    test_run._collect_failures(jobs)
    failed = json.loads((tmp_path / "v" / "cache" / "lastfailed").read_text())
    assert failed == {"a.py::bad": True, "b.py::worse": True}


class Server:
    """Databases that are only named."""

    def __init__(self, broken=False):
        self.there, self.broken = [], broken
        self.installed, self.prepared, self.copied = [], [], {}

    def names(self, prefix):
        return [name for name in self.there if name.startswith(prefix)]

    def drop_abandoned(self, _prefix):
        pass

    def create_database(self, name, template=None):
        assert name not in self.there
        assert template is None or template in self.there
        self.there.append(name)
        self.copied[name] = template

    def install_addon(self, name):
        if self.broken:
            raise SetupError("it cannot be installed")
        self.installed.append(name)

    def run_code(self, name, code):
        compile(code, "preparation", "exec")
        self.prepared.append(name)

    def drop_database(self, name):
        self.there.remove(name)

    def environment(self, name=None):
        return {"database": name}


def test_the_addon_is_installed_once_and_all_databases_are_dropped(monkeypatch):
    server = Server()
    monkeypatch.setattr(test_databases.environment, "prepare", lambda with_browser: server)
    databases = test_databases.TestDatabases(with_browser=False)
    name, variables = databases.copy("addon")
    assert variables == {"database": name}
    assert databases.environment("live1")["EC_TEST_DATABASE_PREFIX"].startswith(f"ec_test_{os.getpid()}_live1")
    assert server.there == [databases.environment("live1")["EC_TEST_WITH_ADDON"], name]
    server.there += [f"{databases.prefix}live1_left", f"ec_test_{os.getpid()}0_others"]
    databases.drop()
    assert server.there == [f"ec_test_{os.getpid()}0_others"]


def test_many_tests_have_copies_of_a_database_with_a_company(monkeypatch):
    server = Server()
    monkeypatch.setattr(test_databases.environment, "prepare", lambda with_browser: server)
    databases = test_databases.TestDatabases(with_browser=True, many=True)
    names = [databases.copy(job)[0] for job in ("addon1", "addon2")]
    with_addon = databases.environment("live1")["EC_TEST_WITH_ADDON"]
    (prepared,) = server.prepared
    assert server.installed == [with_addon]
    assert [server.copied[name] for name in (prepared, *names)] == [with_addon, prepared, prepared]
    common = test_jobs.CHECKOUT / test_databases.ADDON / "tests" / "common.py"
    assert f'PREPARED = "{test_databases.COMPANY}"' in common.read_text(), "the tests look for this very company"


def test_a_failed_preparation_is_not_tried_again(monkeypatch):
    server = Server(broken=True)
    monkeypatch.setattr(test_databases.environment, "prepare", lambda with_browser: server)
    databases = test_databases.TestDatabases(with_browser=False)
    for told in ("it cannot be installed", "could not be prepared, see above"):
        with pytest.raises(SetupError, match=told):
            databases.copy("addon1")
    assert len(server.there) == 1
    databases.drop()
    assert server.there == []
