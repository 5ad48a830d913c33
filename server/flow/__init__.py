"""The way of a request through server, framework and app, step by step, with its times."""
