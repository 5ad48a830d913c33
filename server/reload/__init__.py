"""The documented reloader of ``run_simple``: the files it watches and the process it restarts."""
