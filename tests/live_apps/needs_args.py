"""Only a factory, which needs an argument: ``needs_args:create_app('Ada')``."""


def create_app(name):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"Hello, {name}!\n".encode()]

    return app
