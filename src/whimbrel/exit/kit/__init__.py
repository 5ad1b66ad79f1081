"""The recovery kit: what somebody needs to go on elsewhere, with their followers, when this server
is gone and nobody can be asked any more."""
