"""A stranger's file becomes clean new files. Files in, files out: no database, no HTTP.

`sandbox` is the parent's side and the way in; everything else runs in the locked-down child."""
