"""Posts: writing, editing, erasing, boosting, marking, and who may see what."""
