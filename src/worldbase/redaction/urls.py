"""URLs: credentials and internal hosts go, the scheme, a public host and its path stay."""

from __future__ import annotations

import re

from worldbase.redaction.hosts import is_internal_host
from worldbase.redaction.paths import shorten_path
from worldbase.redaction.rule import HOST, PATH, SECRET, says_nothing, word_set

# The slashes may be escaped, as some JSON writers do. A comma ends a URL unless it stands in a password.
_AFTER_SCHEME = re.compile(r":(?:\\{0,4}/){2}(?P<rest>(?:[^\s\"'<>`\\,|]|\\{1,4}/|,(?=[^\s\"'<>`/?#,\\]*@))*)")
_SCHEME = re.compile(r"(?:(?<![A-Za-z0-9+.-])|(?<=\\[nrt]))[A-Za-z][A-Za-z0-9+.-]{0,30}$")
_AUTHORITY = re.compile(r"[^/?#\\]*")
_PORT = re.compile(r":[0-9]{1,5}$")
_HTML_END = re.compile(r"&(?:quot|lt|gt|apos|#3[49]);")
_OPENERS = {")": "(", "]": "[", "}": "{"}
_TEMPLATE = re.compile(r"[{}$*%]")

# Schemes whose authority is a machine, so that a name without a dot is one of the local network. In others, such as
# `hf://acme/act` and `s3://bucket/key`, it is the name of an owner or a bucket.
_NETWORK_SCHEMES = word_set(
    "http https ws wss ftp ftps sftp ssh scp tcp udp rtsp rtsps rtmp rtp redis rediss postgres postgresql mysql mariadb"
    " mongodb mongodb+srv amqp amqps mqtt mqtts nats kafka ldap ldaps smb cifs nfs git grpc grpcs zmq ray vnc rdp rsync"
    " telnet clickhouse cassandra elasticsearch memcached etcd consul afp dav davs http+unix git+ssh git+http git+https"
    " svn svn+ssh rosbridge dask spark hdfs webhdfs mssql oracle neo4j bolt influxdb statsd syslog tftp"
)
_WEB_SCHEMES = word_set("http https ws wss")
_FILE_SCHEMES = word_set("file sftp scp ssh smb cifs nfs rsync afp ftp sqlite unix http+unix")
_HOME_IN_PATH = re.compile(r"(?i)/(?:home|users)/[^/]+")


def redact_urls(text: str) -> str:
    """Remove user names, passwords, internal hosts and host paths from URLs."""
    return _AFTER_SCHEME.sub(_redact_rest, text) if ":/" in text or ":\\" in text else text


def _redact_rest(match: re.Match[str]) -> str:
    """Redact what follows `scheme://`; the scheme stands before the match, because patterns find a `:` quicker."""
    before = _SCHEME.search(match.string[max(0, match.start() - 34) : match.start()])
    rest = match["rest"][: _end_of_url(match["rest"])]
    start, after = match[0][: match.start("rest") - match.start()], match["rest"][len(rest) :]
    credentials, host, path = _split(rest)
    if before is None or (host and says_nothing(host)):
        return match[0]
    scheme = before[0].lower()
    if is_internal_host(_PORT.sub("", host)) or _names_machine(scheme, host):
        return start + HOST + after
    if credentials:
        host = f"{credentials if credentials == 'git' else SECRET}@{host}"
    return start + host + _redact_path(scheme, credentials, path) + after


def _end_of_url(rest: str) -> int:
    """Where the URL ends: before an escaped quote, brackets that were not opened in it, and full stops."""
    entity = _HTML_END.search(rest)
    end = entity.start() if entity else len(rest)
    for _ in range(8):
        last = rest[end - 1 : end]
        opener = _OPENERS.get(last)
        is_unopened = opener is not None and rest.count(opener, 0, end) < rest.count(last, 0, end)
        if not is_unopened and last not in {".", ",", ";", ":", "!", "?"}:
            break
        end -= 1
    return end


def _split(rest: str) -> tuple[str, str, str]:
    """Split what follows the slashes into credentials, host and path."""
    end = _end_of_authority(rest, 0)
    colon = rest.rfind(":", 0, end)
    is_port = colon < 0 or rest[colon + 1 : end].isdigit() or "[" in rest[:end]
    if "@" not in rest[:end] and not is_port and "@" in rest:
        end = _end_of_authority(rest, rest.rfind("@") + 1)  # a password with a slash in it
    credentials, _, host = rest[:end].rpartition("@")
    return credentials, host, rest[end:]


def _end_of_authority(rest: str, start: int) -> int:
    match = _AUTHORITY.match(rest, start)
    return match.end() if match else start


def _names_machine(scheme: str, host: str) -> bool:
    """Whether a name without a dot stands for a machine of the local network."""
    if not host or "." in host or _TEMPLATE.search(host):
        return False
    return scheme in _NETWORK_SCHEMES or _PORT.search(host) is not None


def _redact_path(scheme: str, credentials: str, path: str) -> str:
    if says_nothing(path):
        return path
    if scheme in _FILE_SCHEMES and credentials != "git":
        return shorten_path(path)
    return PATH if scheme not in _WEB_SCHEMES and _HOME_IN_PATH.search(path) else path
