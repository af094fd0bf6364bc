"""What is printed of a packet that was just written."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from worldbase.tables import text_table, visible
from worldflux.documents.packet import Packet
from worldflux.portfolio.packet_files import PacketPaths

_GAPS_SHOWN = 8


def as_json(packet: Packet, paths: PacketPaths) -> dict[str, Any]:
    """A packet in few fields."""
    return {
        "visibility": packet.visibility,
        "packet": str(paths.packet),
        "page": str(paths.page),
        "id": packet.id,
        "digest": packet.digest,
        "plan": packet.plan.digest,
        "precedence": packet.plan.precedence,
        "conformance": msgspec.to_builtins(packet.conformance),
        "by_probe": msgspec.to_builtins(packet.by_probe),
        "missing_evidence": packet.missing_evidence,
    }


def text(packet: Packet, paths: PacketPaths) -> str:
    """A packet in few lines, and what to do next."""
    counts = packet.conformance
    rows = [
        [
            name,
            f"{own.planned:,}",
            f"{own.matched:,}",
            f"{own.missing:,}",
            f"{own.out_of_protocol:,}",
            f"{own.duplicate:,}",
            f"{own.digest_mismatch + own.metadata_mismatch:,}",
            f"{own.infrastructure_failure:,}",
        ]
        for name, own in packet.by_probe.items()
    ]
    header = ["probe", "planned", "matched", "missing", "out of protocol", "duplicate", "mismatched", "infrastructure"]
    gaps = "".join(f"  - {visible(gap)}\n" for gap in packet.missing_evidence[:_GAPS_SHOWN])
    if len(packet.missing_evidence) > _GAPS_SHOWN:
        gaps += f"  - and {len(packet.missing_evidence) - _GAPS_SHOWN} more, in the packet\n"
    return (
        f"{click.style('accounted for', fg='green', bold=True)}  {counts.planned:,} planned episodes of "
        f"{visible(packet.policy_id)}  ({packet.visibility})\n\n"
        f"{text_table(header, rows, right=range(1, 8))}\n"
        f"{'Missing evidence:' + chr(10) + gaps + chr(10) if gaps else ''}"
        f"  plan     {packet.plan.precedence.replace('_', ' ')} before the first episode\n"
        f"  page     {visible(str(paths.page))}\n"
        f"  packet   {visible(str(paths.packet))}\n"
        f"  next     worldflux eval-portfolio reviewer-brief --packet {visible(str(paths.packet))} "
        f"--packet-markdown-ref {visible(str(paths.page))} --output reviewer_brief.md "
        "--brief-json reviewer_brief.json\n"
    )
