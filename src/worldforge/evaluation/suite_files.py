"""Suites in a file: `path/to/suite.py`, or `path/to/suite.py:name` where it is not called `suite`.

Loading one runs the file, with the rights of whoever asked for it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from worldbase import digest
from worldbase.errors import Where
from worldforge.errors import WorldForgeError
from worldforge.evaluation.wording import told

ATTRIBUTE: Final = "suite"
_ENDING: Final = ".py"


class SuiteFile(NamedTuple):
    """A file that holds a suite: its path, and the name of the suite or of what makes it."""

    path: Path
    attribute: str


def suite_file(text: str) -> SuiteFile | None:
    """Read what may name a file; None where it is a plain name."""
    path, _, attribute = text.rpartition(":") if f"{_ENDING}:" in text else (text, "", "")
    return SuiteFile(Path(path), attribute or ATTRIBUTE) if path.endswith(_ENDING) else None


def load(file: SuiteFile) -> Any:
    """Run the file and return what it calls so.

    Raises:
        WorldForgeError: `suite.file`.
    """
    module = _module(file)
    try:
        return getattr(module, file.attribute)
    except AttributeError:
        raise _unusable(file, f"it defines no {file.attribute!r:.60}") from None
    except Exception as error:  # a module may have a __getattr__ of its own
        raise _unusable(file, f"{type(error).__name__}: {told(error)}") from error


def described(file: SuiteFile) -> str:
    """The file as a report's notes name it: no folders, and the digest of its bytes.

    Raises:
        WorldForgeError: `suite.file`.
    """
    try:
        return f"suite file {file.path.name} {digest.of_file(file.path)}"
    except (OSError, ValueError):
        raise _unusable(file, "there is no such Python file that can be read") from None


def _module(file: SuiteFile) -> ModuleType:
    source = _source(file)
    name = f"worldforge_suite_{file.path.stem}"
    module = ModuleType(name)
    module.__file__ = str(file.path.absolute())
    beside = str(file.path.parent.absolute())
    # As `python path` would: the modules beside the file can be imported, and dataclasses find their own.
    sys.modules[name] = module
    sys.path.insert(0, beside)
    try:
        # Compiled here and now: an import would take what lies in `__pycache__`, whatever the file says.
        exec(compile(source, module.__file__, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - it was asked for
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # foreign code may raise anything, and leave by sys.exit
        sys.modules.pop(name, None)
        raise _unusable(file, f"{type(error).__name__}: {told(error)}") from error
    finally:
        if beside in sys.path:
            sys.path.remove(beside)
    return module


def _source(file: SuiteFile) -> bytes:
    try:
        return file.path.read_bytes()
    except (OSError, ValueError):
        raise _unusable(file, "there is no such Python file that can be read") from None


def _unusable(file: SuiteFile, reason: str) -> WorldForgeError:
    return WorldForgeError(
        f"no suite can be taken from {file.path.name[:80]}: {reason}",
        code="suite.file",
        where=Where(file.path.name),
        hint=f"Define `{ATTRIBUTE} = EvaluationSuite.custom(...)` in it, or name another after a colon: file.py:name.",
    )
