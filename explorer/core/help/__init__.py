"""Glossary and explanations of elements of the window."""
