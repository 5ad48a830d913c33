"""Uploads: a file comes in under a name that is made safe, and goes out as a download only.

The files are in a folder of their own that is removed when the program ends.
"""

import atexit
import shutil
import tempfile
from pathlib import Path

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import secure_filename

from framework import App, abort, redirect, render_template, request, send_from_directory, url_for

MEGABYTES = 5
MOST_FILES = 20
FOLDER = Path(tempfile.mkdtemp(prefix="uploads-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

app = App(__name__)
# What is larger is refused before it is read.
app.config["MAX_CONTENT_LENGTH"] = MEGABYTES * 1024 * 1024


def page(problem="", status=200):
    files = sorted(FOLDER.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    text = render_template("uploads.html", files=files, problem=problem, megabytes=MEGABYTES)
    return text, status


@app.get("/")
def index():
    return page()


@app.post("/")
def upload():
    file = request.files.get("file")
    if file is None or not file.filename:
        return page("Choose a file first.", 400)
    # The name comes from outside: "../../etc/passwd" becomes "etc_passwd".
    name = secure_filename(file.filename)
    if not name:
        return page("Give the file a name with letters or digits in it.", 400)
    if len(list(FOLDER.iterdir())) >= MOST_FILES:
        return page(f"{MOST_FILES} files are enough: delete some first.", 409)
    try:
        # "x" creates the file and fails where it exists: no two uploads get the same one.
        with (FOLDER / name).open("xb") as target:
            file.save(target)
    except FileExistsError:
        return page(f"There is a file {name} already: delete it first.", 409)
    app.logger.warning("%s was uploaded", name)
    return redirect(url_for("index"))


@app.get("/files/<name>")
def download(name):
    # As an attachment: a browser saves an uploaded HTML page, it does not run it.
    response = send_from_directory(FOLDER, name, as_attachment=True)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@app.post("/files/<name>/delete")
def delete(name):
    # Only what is in the folder, by its plain name.
    if name not in {path.name for path in FOLDER.iterdir()}:
        abort(404)
    (FOLDER / name).unlink(missing_ok=True)
    return redirect(url_for("index"))


@app.errorhandler(RequestEntityTooLarge)
def too_large(error):
    return page(f"That is too large: {MEGABYTES} MB are the limit.", 413)


if __name__ == "__main__":
    app.run()
