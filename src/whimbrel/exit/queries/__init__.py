"""Every statement of the package; rows in, values out."""
