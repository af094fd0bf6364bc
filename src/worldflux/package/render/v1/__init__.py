"""Renderer v1: `evidence.md`, from `evidence.json` and nothing else."""

from worldflux.package.render.v1.markdown import RENDER, markdown

__all__ = ["RENDER", "markdown"]
