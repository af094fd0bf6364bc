"""Secrets that give themselves away by their own shape: private keys, vendors' tokens, signatures in URLs."""

from __future__ import annotations

import binascii
import re

from worldbase.redaction.keys import SECRET_KINDS, KeyKind, judge_key
from worldbase.redaction.randomness import is_opaque, is_random
from worldbase.redaction.rule import SECRET, START, apply_rules, make_rule, says_nothing, word_set

_BEGIN_KEY = re.compile(r"-{4,5} ?BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}")
_END_KEY = re.compile(r"-{4,5} ?END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}")
# What is left of a key whose end was cut off: headers and base64 in lines, which may be quoted, escaped or indented.
_KEY_BREAK = r"(?:\s|\\{1,4}[nrt]|[\"'+>|,]){0,40}"
_REST_OF_KEY = re.compile(
    r"(?:" + _KEY_BREAK + r"(?:(?:Proc-Type|DEK-Info|Comment|Version|Hash): ?[^\n\\]{0,100}"
    r"|[A-Za-z0-9+/=]{16,}+|[A-Za-z0-9+/=]*[0-9+/=][A-Za-z0-9+/=]*+))*"
)

# Vendors' prefixes, so that a token is found even where it is too short to be random.
_PREFIXES = word_set(
    "hf_ api_org_ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- sk-"
    " sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ whsec_ xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xapp- npm_ pypi-"
    " r8_ SG. dop_v1_ doo_v1_ dor_v1_ tskey- shpat_ shpss_ shpca_ shppa_ sq0atp- sq0csp- hvs. hvb. hvr. dckr_pat_"
    " dckr_oat_ nvapi- gsk_ xai- pplx- lin_api_ ntn_ secret_ figd_ PMAK- NRAK- NRII- dapi dp.pt. dp.st. rubygems_"
    " sntrys_ sntryu_ phc_ phx_ lsv2_ ATATT ATCTT ATBB AKCp glc_ glsa_ pscale_tkn_ pscale_pw_ AGE-SECRET-KEY- sbp_"
    " FlyV1 fm1_ fm2_ fo1_ atlasv1. GOCSPX- ya29. 1// AIza HRKU- rnd_ tvly- e2b_ wandb_v1_ sqp_ cfat_ cfut_ v1.0-"
)
_PREFIXED = START + r"(?:" + "|".join(map(re.escape, sorted(_PREFIXES))) + r")(?P<body>[A-Za-z0-9_.=+/-]{8,}+)"
_AWS_KEY_ID = START + r"A(?:KIA|SIA|BIA|CCA|ROA|IDA|GPA|IPA|NPA|NVA)[A-Z0-9]{12,}"
_JWT = START + r"eyJ[A-Za-z0-9_=-]{8,}+(?:\.[A-Za-z0-9_=-]*+){0,4}"
_CREDENTIALS = (
    r"(?i)(?<![a-z0-9])(?P<scheme>bearer|basic|token|apikey|negotiate)(?P<space>[ \t:]{1,4}[\"']?)"
    r"(?P<credentials>[a-z0-9._~+/-]{8,}+={0,2})"
)

_PARAMETER = (
    r"(?P<lead>[?&]|&amp;|\\u0026|%26|%3[Ff])(?P<name>[\w.~%-]{1,80}+)(?P<sign>=|%3[Dd]|\\u003[dD])"
    r"(?P<value>(?:[^\s&;#\"'<>`\\,|\[\](){}]|\\{1,4}/|\((?=[^\s()]*\)))+)"
)
# Names that carry a secret only in a URL; elsewhere `sig=0.035` is a statistic and `code: 200` a status.
_SIGNATURES = word_set("sig signature hmac hdnts hdnea hdntl googleaccessid awsaccesskeyid key-pair-id")
_SUSPECT_PARAMETERS = word_set(
    "key code hash ticket policy st sp_sig t_sig auth access verify nonce assertion samlresponse state pass pw"
    " __token__ __gda__"
)


def redact_private_keys(text: str) -> str:
    """Remove private keys in PEM, also where the end is cut off."""
    if "PRIVATE KEY" not in text:
        return text
    pieces: list[str] = []
    done, begin = 0, _BEGIN_KEY.search(text)
    while begin is not None:
        following = _BEGIN_KEY.search(text, begin.end())
        limit = following.start() if following else len(text)
        end = _END_KEY.search(text, begin.end(), limit) or _REST_OF_KEY.match(text, begin.end(), limit)
        pieces += text[done : begin.start()], SECRET
        done, begin = end.end() if end else begin.end(), following
    return "".join([*pieces, text[done:]])


def redact_tokens(text: str) -> str:
    """Remove tokens of known vendors, JSON Web Tokens and the credentials after an authentication scheme."""
    return apply_rules(text, _TOKEN_RULES)


def redact_parameters(text: str) -> str:
    """Remove signatures and tokens from the queries of URLs, also where only the query was logged."""
    return apply_rules(text, _PARAMETER_RULES)


def _judge_prefixed(match: re.Match[str]) -> str:
    """Decide on what follows a prefix: `hf_hub_download` and `sk-learn` start like tokens too."""
    body = match["body"].rstrip(".")
    return SECRET + match["body"][len(body) :] if is_opaque(body) or is_random(body) else match[0]


def _judge_credentials(match: re.Match[str]) -> str:
    """Decide on the word after `bearer` or `token`: credentials, or the next word of a task."""
    credentials = match["credentials"]
    is_basic = match["scheme"].lower() == "basic" and _decodes_to_pair(credentials)
    return match["scheme"] + match["space"] + SECRET if is_basic or is_opaque(credentials) else match[0]


def _decodes_to_pair(text: str) -> bool:
    """Whether this is the base64 form of `user:password`."""
    try:
        decoded = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except binascii.Error:
        return False
    return b":" in decoded and decoded.isascii()


def _judge_parameter(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    if not _is_secret_parameter(name.lower(), value) or says_nothing(value):
        return match[0]
    return match["lead"] + name + match["sign"] + SECRET


def _is_secret_parameter(name: str, value: str) -> bool:
    kind = judge_key(name)
    if kind in SECRET_KINDS or name in _SIGNATURES:
        return True
    is_suspect = kind is KeyKind.MAYBE_SECRET or name in _SUSPECT_PARAMETERS
    return is_suspect and (is_opaque(value) or (len(value) >= 16 and any(map(str.isdigit, value))))


_TOKEN_RULES = (
    make_rule(_JWT, SECRET, "eyj"),
    make_rule(_AWS_KEY_ID, SECRET, "akia|asia|abia|acca|aroa|aida|agpa|aipa|anpa|anva"),
    make_rule(_PREFIXED, _judge_prefixed, "|".join(sorted(_PREFIXES)).lower()),
    make_rule(_CREDENTIALS, _judge_credentials, "bearer|basic |token |token:|apikey|negotiate"),
)
_PARAMETER_RULES = (make_rule(_PARAMETER, _judge_parameter, "=|%3d|u003d"),)
