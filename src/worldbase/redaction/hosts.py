"""Machines: names of hosts by their suffix or by what is said around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worldbase.redaction.rule import HOST, START, apply_rules, make_rule, replace_group, replace_spans, word_set

# Names that only a local network resolves. Weak ones end dotted names of code too, so that they count only after a
# name with a digit or hyphen, as machines have.
_LOCAL_SUFFIX = r"local|lan|internal|corp|intra|intranet|localdomain|home\.arpa|ts\.net|fritz\.box"
_WEAK_SUFFIX = r"home|svc|cluster|private|priv|lab|hpc|vpn|docker|k8s|consul|wlan|office|dmz|domain"
_LOCAL_NAME = (
    START + r"(?<!\.)(?P<labels>[a-zA-Z0-9][\w-]*(?:\.[\w-]+)*)\."
    r"(?i:(?P<suffix>" + _LOCAL_SUFFIX + "|" + _WEAK_SUFFIX + r"))"
    r"(?P<port>:[0-9]{1,5})?(?![\w(-]|\.\w| import\b)"
)
_LOCAL_NAME_HINTS = "." + f"{_LOCAL_SUFFIX}|{_WEAK_SUFFIX}".replace("\\", "").replace("|", "|.")
_ENDS_LOCALLY = re.compile(r"\.(?:" + _LOCAL_SUFFIX + "|" + _WEAK_SUFFIX + r")$")
_IS_WEAK = re.compile(_WEAK_SUFFIX)
_NAMES_OF_CODE = word_set(
    "google jax tensorflow config settings env threading self this cls path os np torch thread context app"
)
_IP_ADDRESS = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")

_LOCALHOST = r"(?i)(?<![\w.-])localhost(?:\.localdomain)?(?::[0-9]{1,5})?(?![\w-]|\.\w)"
_CLOUD_NAME = START + r"(?<!-)(?i:ip|ec2)-[0-9]{1,3}-[0-9]{1,3}-[0-9]{1,3}-[0-9]{1,3}(?:\.[a-zA-Z0-9-]+)*"
# Names that are known by what follows them: the range of a list of nodes, the port of a server.
_BY_ENDING = (
    (
        re.compile(r"\[[0-9]+(?:[-,][0-9]+)+\]"),
        re.compile(r"(?i)(?<![\w.-])(?P<host>[a-z-]*(?:nid|gpu|cn|node|compute|dgx|hgx|host|cpu|worker)[a-z0-9-]*)$"),
    ),
    (
        re.compile(r":[0-9]{4,5}(?![\w.])"),
        re.compile(
            r"(?<![\w-])(?:to|from|at|on|server|host|peer|endpoint|address|refused|reach)[ :=]{1,2}[\"'(]?"
            r"(?P<host>[a-z][a-z0-9]*[0-9-][a-z0-9-]*[a-z0-9])$"
        ),
    ),
)
_LOOK_BACK = 80
_MACHINE = r"(?P<host>(?=[a-zA-Z_-]*[0-9])[a-zA-Z][a-zA-Z0-9-]{2,}(?:\.[a-zA-Z0-9-]+)*)(?![\w(])"
_SYSLOG_TIME = r"(?:[A-Z][a-z]{2} [ 0-9]?[0-9] [0-9:]{8}|[0-9]{4}-[0-9-]{5}T[0-9:.]{8,15}(?:Z|[+-][0-9:]{5}))"
_PROGRAM = r"(?:[\w./-]+(?:\([\w-]+\))?\[[0-9]+\]:|[\w./-]+:)"

# The name is the group `host`.
_IN_CONTEXT = {
    # `uname -a`, syslog, event files of TensorBoard, ssh_config.
    "linux |darwin |freebsd ": r"(?<![\w/-])(?:Linux|Darwin|FreeBSD)[ ](?P<host>[\w.-]+)[ ](?=[0-9]+\.[0-9]+)",
    ": ": r"(?m)^(?:<[0-9]{1,3}>[0-9]?[ ]?)?" + _SYSLOG_TIME + r" (?P<host>[\w.-]+) (?=" + _PROGRAM + ")",
    ".tfevents.": r"(?<=\.tfevents\.)[0-9]{6,}\.(?P<host>[\w-]+(?:\.[A-Za-z][\w-]*)*)(?=\.|\s|$)",
    "host": r"(?m)^[ \t]*Host(?:Name)?[ \t]+(?P<host>[A-Za-z0-9][\w.-]*)[ \t]*$",
    # Sentences.
    "host|node|workstation ": r"(?<![\w.-])(?i:host|hosts|hostname|node|nodes|nodename|workstation)[ ]"
    r"[\"'`(]?(?!v[0-9]|gpu[0-9]+\b|cuda)" + _MACHINE,
    "hostname |host ": r"(?<![\w.-])(?:resolve hostname|connect to host|known host|hostname is)"
    r"[ ]+[\"'`]?(?P<host>[A-Za-z0-9][\w.-]*\w)",
}


def redact_hosts(text: str) -> str:
    """Remove names of machines: by their suffix, or where the text says that a name is one."""
    for ending, name in _BY_ENDING:
        text = replace_spans(text, _find_before(text, ending, name))
    return apply_rules(text, _RULES)


def is_internal_host(host: str) -> bool:
    """Whether the host of a URL is one that only a local network knows; any bare IP address counts as one."""
    name = host.casefold().rstrip(".")
    return name.startswith("[") or name == "localhost" or is_ip_address(name) or _ENDS_LOCALLY.search(name) is not None


def is_ip_address(host: str) -> bool:
    """Whether a host is written as four numbers."""
    return _IP_ADDRESS.fullmatch(host) is not None


def _find_before(text: str, ending: re.Pattern[str], name: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    for match in ending.finditer(text):
        before = name.search(text[max(0, match.start() - _LOOK_BACK) : match.start()])
        if before is not None:
            host = before["host"]
            yield match.start() - len(host), match.end(), HOST


def _judge_local_name(match: re.Match[str]) -> str:
    labels = match["labels"].casefold()
    if labels.partition(".")[0] in _NAMES_OF_CODE or "_" in labels:
        return match[0]
    is_weak = _IS_WEAK.fullmatch(match["suffix"].casefold()) is not None
    is_machine = match["port"] is not None or any(mark.isdigit() or mark == "-" for mark in labels)
    return match[0] if is_weak and not is_machine else HOST


_RULES = (
    make_rule(_LOCAL_NAME, _judge_local_name, _LOCAL_NAME_HINTS),
    make_rule(_LOCALHOST, HOST, "localhost"),
    make_rule(_CLOUD_NAME, HOST, "ip-|ec2-"),
    *(make_rule(pattern, replace_group("host", HOST), hints) for hints, pattern in _IN_CONTEXT.items()),
)
