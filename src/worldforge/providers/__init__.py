"""Providers: adapters of policies and world models."""

from worldforge.providers.contract import BaseProvider, ProviderCapabilities, ProviderProfileSpec

__all__ = ["BaseProvider", "ProviderCapabilities", "ProviderProfileSpec"]
