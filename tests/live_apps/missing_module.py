"""Imports a module that nobody has."""

import a_module_that_nobody_has


def application(environ, start_response):
    return a_module_that_nobody_has.application(environ, start_response)
