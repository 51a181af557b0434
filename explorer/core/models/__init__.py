"""Network architectures, their shapes, and code that builds them."""
