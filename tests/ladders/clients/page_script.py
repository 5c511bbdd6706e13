"""What the lab's page runs in both browsers. All requests of a test come from this one page, so that they are in one partition:
the top-level site is lab.test and every name below it is same-site; credentials are included unless the scenario says otherwise. (A
request that omits them is in another partition of both browsers: Chromium's privacy mode, Firefox's anonymous flag.) A POST of plain
text and a GET have no preflight; one that is streamed has, which the server does not count. URLs are never asked twice, so no cache
directive is needed, and none is given: Firefox would ask DNS anew for some of them."""

SEND = """
const [request, done] = arguments;
async function send() {
  if (request.kind === "websocket") {
    const socket = new WebSocket(request.url);
    return new Promise((resolve, reject) => {
      socket.onopen = () => { resolve({status: 101}); };
      socket.onerror = () => { reject("the WebSocket failed"); };
    });
  }
  const options = {credentials: request.credentials, mode: "cors"};
  if (request.body !== "none") options.method = "POST";
  if (request.body === "text") options.body = request.text;
  if (request.body === "stream") {
    options.duplex = "half";
    options.body = new ReadableStream({
      start(controller) { controller.enqueue(new TextEncoder().encode(request.text)); controller.close(); }
    });
    // Where streams are no bodies, the text "[object ReadableStream]" would be sent.
    if (new Request("/", {method: "POST", body: new ReadableStream(), duplex: "half"}).headers.has("content-type"))
      return {unsupported: "no streamed bodies"};
  }
  const response = await fetch(request.url, options);
  if (request.hold) {
    (window.held ??= {})[request.id] = response;
    return {status: response.status};
  }
  return {status: response.status, answer: await response.text()};
}
send().then(done, error => done({error: String(error)}));
"""

FINISH = """
const [id, done] = arguments;
window.held[id].text().then(answer => done({answer}), error => done({error: String(error)}));
"""

TRY = """
const [url, done] = arguments;
fetch(url).then(done, () => done(null));
"""
