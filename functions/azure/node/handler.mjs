/** An Azure custom handler: a web server that answers for a function app. */

import { createServer } from "node:http";

import { answer, InvalidRange, toJson } from "./palindromes.mjs";

const ROUTE = "/api/palindromes";
const BODY_LIMIT = 1_048_576; // bytes
const WHOLE = /^-?[0-9]+$/;

/** An answer that is no 200: its status and what it says. */
class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The event that a query such as ?min=10&max=99 means. */
function eventOfQuery(query) {
  const fields = [...new URLSearchParams(query)];
  return Object.fromEntries(fields.map(([name, value]) =>
    [name, WHOLE.test(value) ? Number(value) : value]));
}

/** The event that a body is the JSON of. */
function eventOfBody(body) {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw new HttpError(400, "the body must be JSON");
  }
}

/** Read one request, handle it and answer it. */
async function serveOne(request, response) {
  let status = 200;
  let body;
  try {
    body = toJson(answer(await readEvent(request)));
  } catch (error) {
    if (error instanceof InvalidRange) status = 400;
    else if (error instanceof HttpError) status = error.status;
    else throw error;
    body = toJson({ error: error.message });
  }
  console.log(`${request.method} ${request.url} ${status}`);
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Content-Length", body.length); // it is all ASCII
  if (status === 405) response.setHeader("Allow", "GET, POST");
  // After 413 the rest of that body is still on its way.
  if (status === 413) response.setHeader("Connection", "close");
  response.end(body);
}

/** The event of a request; throws HttpError for one without. */
async function readEvent(request) {
  const body = await readBody(request);
  const [path] = request.url.split("?", 1);
  if (path !== ROUTE) throw new HttpError(404, "not found");
  if (request.method === "GET") {
    return eventOfQuery(request.url.slice(path.length));
  }
  if (request.method === "POST") return eventOfBody(body);
  throw new HttpError(405, "method not allowed");
}

/** The body, whole or in chunks. */
function readBody(request) {
  return new Promise((resolve, reject) => {
    const message = `the body must be at most ${BODY_LIMIT} bytes`;
    const tooLong = () => reject(new HttpError(413, message));
    if (request.headers["content-length"] > BODY_LIMIT) return tooLong();
    const parts = [];
    let size = 0;
    request.on("data", (part) => {
      size += part.length;
      if (size <= BODY_LIMIT) return parts.push(part);
      request.pause(); // not destroy: that would end the connection
      tooLong();
    });
    request.on("end", () => resolve(Buffer.concat(parts)));
    request.on("error", reject);
  });
}

// The host keeps its connections: without 0, idle ones end after 5 seconds.
const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  serveOne(request, response).catch((error) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(process.env.FUNCTIONS_CUSTOMHANDLER_PORT ?? 3000, "127.0.0.1");
