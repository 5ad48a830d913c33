"""Five mistakes, each of which is made again and again, and what the error shows of it.

None of them is caught on purpose: open one, then look at it in the list of errors.
"""

from framework import App, Blueprint, render_template

app = App(__name__)


@app.get("/")
def index():
    return render_template("index.html")


@app.get("/average")
def average():
    """1. An exception in a view: one of the prices is a text. Which one, the locals show."""
    prices = {"cup": 12.5, "saucer": 7.0, "spoon": "9.90", "pot": 38.0}
    total = 0.0
    for name in prices:
        total += prices[name]
    return {"average": total / len(prices)}


@app.get("/colours")
def colours():
    """2. A wrong return type: braces around single values make a set, and JSON has no sets."""
    return {"red", "green", "blue"}


@app.get("/invoice")
def invoice():
    """3. An error in a template: it wants order.customer.name, and this order has no customer."""
    order = {"number": 1042, "items": ["two cups", "one saucer"]}
    return render_template("invoice.html", order=order)


report = Blueprint("report", __name__)


@report.get("/report")
def show():
    """4. The view is fine; it is the hook after it that forgets something."""
    return "A report that nobody will see."


@report.after_request
def never_cached(response):
    response.headers["Cache-Control"] = "no-store"
    # Here "return response" is missing.


@app.get("/countdown")
def countdown():
    """5. A stream that breaks: "200 OK" is sent when the error comes, and can't be taken back."""

    def generate():
        for left in (3, 2, 1, 0):
            yield f"{60 / left:.0f} miles an hour to arrive in {left} hours\n"

    return generate(), {"Content-Type": "text/plain"}


app.register_blueprint(report)

if __name__ == "__main__":
    app.run()
