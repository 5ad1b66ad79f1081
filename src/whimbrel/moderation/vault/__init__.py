"""The evidence vault: what grave cases are about, sealed so that this server cannot read it."""
