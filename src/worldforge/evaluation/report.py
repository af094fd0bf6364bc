"""An evaluation report: the document, and every form in which it is shown."""

from __future__ import annotations

from typing import Any, Self

import msgspec
from msgspec import UnsetType

from worldbase import strictjson
from worldbase.document import dump, pointer_of
from worldbase.errors import Where
from worldbase.redact import redact_value
from worldforge.errors import WorldForgeError
from worldforge.evaluation.documents import FailureGallery, ReportDocument
from worldforge.evaluation.gallery import gallery_markdown, gallery_of


class EvaluationReport(ReportDocument, frozen=True, kw_only=True):
    """A report of `EvaluationSuite.run_report`, or one that was read back."""

    @classmethod
    def from_json(cls, data: bytes | str, *, file: str = "") -> Self:
        """Read a report, also one that an earlier version or another harness wrote.

        Texts are redacted again: whoever wrote the file may not have done it.

        Args:
            data: The JSON text.
            file: What to call it in messages.

        Raises:
            WorldForgeError: `evaluation.report_invalid`.
            InputError: What `worldbase.strictjson.parse` raises.
        """
        value = strictjson.parse(data.encode() if isinstance(data, str) else data, file=file)
        try:
            return msgspec.convert(redact_value(value), cls)
        except msgspec.ValidationError as error:
            raise WorldForgeError(
                f"this is no evaluation report: {str(error)[:300]}",
                code="evaluation.report_invalid",
                where=Where(file, pointer_of(str(error))),
                hint="Give the report.json of `worldforge eval`; a benchmark's report has other keys.",
            ) from None

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    def to_json(self) -> str:
        """The report as JSON, indented by two."""
        return dump(self).decode()

    def to_markdown(self) -> str:
        """The report for people."""
        from worldforge.evaluation.render import report_markdown

        return report_markdown(self)

    def to_csv(self) -> str:
        """One row per provider and scenario (RFC 4180)."""
        from worldforge.evaluation.render import report_csv

        return report_csv(self)

    def to_html(self) -> str:
        """One self-contained page."""
        from worldforge.evaluation.page import report_html

        return report_html(self)

    def gallery(self) -> FailureGallery:
        """The failure gallery, without cases where nothing failed."""
        return gallery_of(self) if isinstance(self.failure_gallery, UnsetType) else self.failure_gallery

    def artifacts(self) -> dict[str, str]:
        """Everything that is kept of a report, by name; the gallery is always there, if only to say: none."""
        gallery = self.gallery()
        return {
            "json": self.to_json(),
            "markdown": self.to_markdown(),
            "csv": self.to_csv(),
            "html": self.to_html(),
            "failure_gallery.json": dump(gallery).decode(),
            "failure_gallery.md": gallery_markdown(gallery),
        }
