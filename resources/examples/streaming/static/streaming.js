const button = document.getElementById("listen");
const list = document.getElementById("events");

button.addEventListener("click", () => {
  const source = new EventSource(button.dataset.url);
  const show = (text) => list.append(Object.assign(document.createElement("li"), { textContent: text }));
  list.replaceChildren();
  button.disabled = true;
  button.textContent = "Listening…";
  source.addEventListener("message", (event) => show(`event ${event.lastEventId} at ${event.data}`));
  source.addEventListener("done", (event) => {
    source.close(); // otherwise the browser would ask again
    show(event.data);
    button.disabled = false;
    button.textContent = "Listen again";
  });
});
