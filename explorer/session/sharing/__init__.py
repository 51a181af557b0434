"""Text for the clipboard, and pages that are saved."""
