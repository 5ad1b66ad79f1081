"""Every statement of the timelines, a file for each thing a reader looks at."""
