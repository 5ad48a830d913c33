"""A to-do list: templates, forms, messages, and a session that keeps the list in a signed cookie.

Nothing is stored on the server, so each browser has its own list, and it works with one thread,
many threads or many processes alike.
"""

import secrets

from framework import App, abort, flash, redirect, render_template, request, session, url_for

MOST_ITEMS = 12  # a browser keeps no cookie of more than 4 KB
LONGEST = 60

app = App(__name__)
app.config.from_mapping(SECRET_KEY=secrets.token_hex(), SESSION_COOKIE_SAMESITE="Lax")
# With TODO_SECRET_KEY in the environment, the lists outlive a restart of the server.
app.config.from_prefixed_env("TODO")


@app.get("/")
def index():
    items = session.get("items", [])
    open_items = sum(not item["done"] for item in items)
    return render_template("todo.html", items=items, open_items=open_items, longest=LONGEST)


@app.post("/add")
def add():
    text = " ".join(request.form.get("text", "").split())
    items = session.get("items", [])
    if not text:
        flash("Write down what there is to do first.")
    elif len(text) > LONGEST:
        flash(f"That is too long: {LONGEST} characters are the limit.")
    elif len(items) >= MOST_ITEMS:
        flash(f"{MOST_ITEMS} things are enough for one day: finish some of them first.")
    else:
        # A new list, since the session does not notice changes inside of the old one.
        session["items"] = [*items, {"text": text, "done": False}]
    return redirect(url_for("index"))


@app.post("/toggle/<int:number>")
def toggle(number):
    items = session.get("items", [])
    if number >= len(items):
        abort(404, "There is no such item in your list.")
    items[number]["done"] = not items[number]["done"]
    session["items"] = items
    return redirect(url_for("index"))


@app.post("/clear")
def clear():
    session["items"] = [item for item in session.get("items", []) if not item["done"]]
    return redirect(url_for("index"))


if __name__ == "__main__":
    app.run()
