# The smallest app there is, by ServeDeck's own framework: one route, one answer. Start it, open
# its address in a browser, and watch the request arrive.
from framework import App

app = App(__name__)


@app.route('/')
def hello_world():
    return 'Hello, World!'


if __name__ == '__main__':
    app.run()
