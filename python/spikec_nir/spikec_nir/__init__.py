"""Loads the NIR files of spikec into the libraries that read NIR."""

from .file import Metadata, read_metadata
from .network import Network, load, plain

__all__ = ["Metadata", "Network", "load", "plain", "read_metadata"]
