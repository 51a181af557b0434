"""Dialogs and pages about the network in use."""
