"""Read the machine's own package sources, in both formats apt knows."""

import re
from pathlib import Path

APT = Path("/etc/apt")
# A Debian machine names its releases so; other suites (security, backports, third parties) have no sid beside them.
_RELEASES = "sid unstable testing stable oldstable bullseye bookworm trixie forky duke".split()
_SUITE = re.compile(rf"^(?:{'|'.join(_RELEASES)})$")
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


def configured_archives(folder=APT):
    """Return the Debian archives the machine uses, as deb822 fields, each without its suite."""
    archives = []
    for stanza in _stanzas(folder):
        archive = {name: text for name, text in stanza.items() if name in ("URIs", "Signed-By", "Trusted")}
        if archive not in archives:
            archives.append(archive)
    return archives


def stanza_text(archive, suite):
    """Return a deb822 stanza for ``suite`` of the archive."""
    fields = {"Types": "deb", **archive, "Suites": suite, "Components": "main"}
    return "".join(f"{name}: {text}\n" for name, text in fields.items()) + "\n"


def _stanzas(folder):
    for file in [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))]:
        yield from filter(_is_debian, _read_one_line(file))
    for file in sorted((folder / "sources.list.d").glob("*.sources")):
        yield from filter(_is_debian, _read_deb822(file))


def _is_debian(stanza):
    """Tell whether a stanza is an enabled source of binary packages of a Debian release."""
    return (
        "deb" in stanza.get("Types", "").split()
        and stanza.get("Enabled", "yes").lower() not in ("no", "false", "0")
        and any(_SUITE.match(suite) for suite in stanza.get("Suites", "").split())
        and "main" in stanza.get("Components", "").split()
        and not stanza["URIs"].startswith("cdrom:")
    )


def _read_one_line(file):
    for line in _lines(file):
        if match := _ONE_LINE.match(line.split("#")[0].strip()):
            options = dict(option.split("=", 1) for option in (match["options"] or "").split() if "=" in option)
            stanza = {
                "Types": "deb",
                "URIs": match["uri"],
                "Suites": match["suite"],
                "Components": match["components"],
                "Signed-By": options.get("signed-by"),
                "Trusted": options.get("trusted"),
            }
            yield {name: text for name, text in stanza.items() if text}


def _read_deb822(file):
    stanza, field = {}, None
    for line in [*_lines(file), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if "URIs" in stanza:
                yield stanza
            stanza, field = {}, None
        elif line[0].isspace() and field:
            # A key given in place has many lines; they are kept as they are.
            stanza[field] += "\n" + line
        else:
            name, _, text = line.partition(":")
            # Field names are case-insensitive.
            field = {"uris": "URIs", "signed-by": "Signed-By"}.get(name.lower(), name.capitalize())
            stanza[field] = text.strip()


def _lines(file):
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError:
        return []
