"""Texts about weights and optimizer steps."""
