"""A JSON API: a shelf of books to list, add, change and remove; each error is JSON as well.

The books are in the memory of this process, so they are gone when it ends, and with several
processes each has its own shelf.
"""

from itertools import count
from threading import Lock

from werkzeug.exceptions import HTTPException

from framework import App, Blueprint, abort, render_template, request, url_for

MOST_BOOKS = 100

app = App(__name__)
books = Blueprint("books", __name__, url_prefix="/api/books")

shelf = {}
numbers = count(1)
lock = Lock()  # the server may run several requests at once


def read_book(*, complete):
    """The fields that the request gives, checked.

    :param complete: none may be missing
    """
    given = request.get_json()  # answers 400 or 415 where there is no JSON
    if not isinstance(given, dict):
        abort(422, "Send an object with title and year.")
    unknown = sorted(given.keys() - {"title", "year"})
    if unknown:
        abort(422, f"These fields are not known: {', '.join(unknown)}.")
    if complete and given.keys() != {"title", "year"}:
        abort(422, "title and year are both needed.")
    title, year = given.get("title", "-"), given.get("year", 0)
    if not isinstance(title, str) or not 0 < len(title) <= 200:
        abort(422, "title is a text of 1 to 200 characters.")
    if type(year) is not int or not -3000 < year < 3000:
        abort(422, "year is a whole number.")
    return given


def find(number):
    if number not in shelf:
        abort(404, f"There is no book {number}.")
    return shelf[number]


def add(title, year):
    number = next(numbers)
    shelf[number] = {"id": number, "title": title, "year": year}
    return shelf[number]


@books.get("")
def all_books():
    word = request.args.get("title", "").lower()
    return [book for book in list(shelf.values()) if word in book["title"].lower()]


@books.post("")
def add_book():
    given = read_book(complete=True)
    with lock:
        if len(shelf) >= MOST_BOOKS:
            abort(409, f"The shelf is full: it holds {MOST_BOOKS} books.")
        book = add(**given)
    return book, 201, {"Location": url_for(".one_book", number=book["id"])}


@books.get("/<int:number>")
def one_book(number):
    return find(number)


@books.patch("/<int:number>")
def change_book(number):
    given = read_book(complete=False)
    with lock:
        shelf[number] = {**find(number), **given}
        return shelf[number]


@books.delete("/<int:number>")
def remove_book(number):
    with lock:
        find(number)
        del shelf[number]
    return "", 204


@app.errorhandler(HTTPException)
def as_json(error):
    """A client that sends JSON gets errors in JSON; a redirect or a page stays what it is."""
    if not request.path.startswith("/api/") or error.code is None or error.code < 400:
        return error
    answer = {"error": error.name, "message": error.description}
    headers = {"Allow": ", ".join(error.valid_methods)} if error.code == 405 else {}
    return answer, error.code, headers


@app.get("/")
def index():
    return render_template("index.html", books=list(shelf.values()))


app.register_blueprint(books)
add("The Left Hand of Darkness", 1969)
add("Invisible Cities", 1972)

if __name__ == "__main__":
    app.run()
