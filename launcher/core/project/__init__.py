"""A project: the apps in it, its interpreters and environments, its packages. No Qt."""
