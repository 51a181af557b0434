"""Data sets of images: sources, files and samples."""
