"""What the Activations tab looks at."""
