"""Every SQL statement of this room, by subject: `people` who are suggested or in the directory."""
