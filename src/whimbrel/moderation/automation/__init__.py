"""Rules of the operator's own: what each says of a post, tried in the shadow before it acts."""
