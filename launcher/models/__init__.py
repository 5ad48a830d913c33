"""Thin Qt adapters over the logs in :mod:`launcher.core`; GUI thread only."""
