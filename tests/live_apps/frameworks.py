"""Three frameworks behind one door: each answers with the form and the size that it was sent."""

import json

import bottle
import flask
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import JsonResponse
from django.urls import path

in_flask = flask.Flask(__name__)


@in_flask.post("/flask")
def flask_view():
    size = flask.request.content_length
    return {"title": flask.request.form["title"], "length": size, "file": len(_flask_file())}


def _flask_file():
    return flask.request.files["file"].read()


in_bottle = bottle.Bottle()


@in_bottle.post("/bottle")
def bottle_view():
    file = bottle.request.files["file"].file.read()
    size = bottle.request.content_length
    return {"title": bottle.request.forms["title"], "length": size, "file": len(file)}


def django_view(request):
    size = int(request.META["CONTENT_LENGTH"])
    file = request.FILES["file"].read()
    return JsonResponse({"title": request.POST["title"], "length": size, "file": len(file)})


def django_body(request):
    return JsonResponse(json.loads(request.body))


settings.configure(
    ALLOWED_HOSTS=["*"], DEBUG=True, ROOT_URLCONF=__name__, SECRET_KEY="for tests", MIDDLEWARE=[]
)
urlpatterns = [path("django", django_view), path("django/json", django_body)]
in_django = WSGIHandler()


def app(environ, start_response):
    name = environ["PATH_INFO"].split("/")[1]
    chosen = {"flask": in_flask, "django": in_django, "bottle": in_bottle}[name]
    return chosen(environ, start_response)
