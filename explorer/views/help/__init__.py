"""Glossary, tour, shortcuts and What's This."""
