"""What Whimbrel costs, measured from outside: the server runs as a stranger would run it.

Costs are CPU time of the server's processes per request, printed beside what the same HTTP server
needs for a fixed body in the same run, so that the machine cancels out; docs/performance.md says
how to repeat and read it. Nothing here is imported by the server or leaves the loopback."""
