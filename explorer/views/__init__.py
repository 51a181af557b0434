"""Widgets: they show and they ask, and change nothing themselves."""
