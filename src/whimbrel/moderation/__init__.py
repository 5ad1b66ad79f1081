"""Reports, and what is decided about them."""
