"""What any server stands on, and nothing about posts."""
