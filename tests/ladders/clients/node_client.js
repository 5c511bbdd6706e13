// Sends the requests of a scenario with Node.js: by its http2 module (mode "http2") or its fetch() ("fetch"). Reads
// {mode, requests, ca, certificate, overridden} from standard input, writes the outcomes as JSON.
//
// The http2 module has no pool; what it has is sessions, which the caller owns. The caller here does what its documentation shows, and
// no more: one session for an origin, kept while it lives.
'use strict';
const http2 = require('http2');
const fs = require('fs');

const input = JSON.parse(fs.readFileSync(0, 'utf8'));
const sessions = new Map();
const LIMIT = 10000;  // ms

function sessionOf(origin) {
  let session = sessions.get(origin);
  if (session === undefined || session.closed || session.destroyed) {
    const options = {ca: fs.readFileSync(input.ca), rejectUnauthorized: !input.overridden};
    if (input.certificate) options.cert = options.key = fs.readFileSync(input.certificate);
    session = http2.connect(origin, options);
    session.on('error', () => {});
    sessions.set(origin, session);
  }
  return session;
}

function sendByHttp2(request) {
  const url = new URL(request.url);
  return new Promise((resolve, reject) => {
    const session = sessionOf(url.origin);
    session.once('error', reject);
    const stream = session.request({':path': url.pathname + url.search, ':method': request.body === 'none' ? 'GET' : 'POST'},
                                   {endStream: request.body === 'none'});
    let status;
    stream.on('response', headers => { status = headers[':status']; });
    stream.on('error', reject);
    stream.on('data', () => {});
    stream.on('end', () => resolve({status}));
    stream.setTimeout(LIMIT, () => reject(new Error('no answer')));
    if (request.body === 'stream') {
      stream.write(request.text.slice(0, 10));
      stream.end(request.text.slice(10));
    } else if (request.body === 'text') {
      stream.end(request.text);
    }
  });
}

async function sendByFetch(request) {
  const options = {signal: AbortSignal.timeout(LIMIT)};
  if (request.body !== 'none') options.method = 'POST';
  if (request.body === 'text') options.body = request.text;
  if (request.body === 'stream') {
    options.duplex = 'half';
    options.body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(request.text));
        controller.close();
      },
    });
  }
  const response = await fetch(request.url, options);
  await response.text();
  return {status: response.status};
}

async function main() {
  const outcomes = [];
  for (const request of input.requests) {
    // undici lets an event loop's turn pass before it takes a connection for idle again.
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve));
    try {
      outcomes.push(await (input.mode === 'http2' ? sendByHttp2 : sendByFetch)(request));
    } catch (error) {
      outcomes.push({error: `${error.message} ${error.cause ? error.cause.message : ''}`.trim()});
    }
  }
  process.stdout.write(JSON.stringify(outcomes), () => process.exit(0));
}

main();
