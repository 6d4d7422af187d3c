/**
 * A Lambda runtime loop: ask for an event, handle it, answer, ask again. It
 * is that of ../python/loop.py, with its names, on Node's standard library.
 */

import { Agent, request } from "node:http";

const RUNTIME = "/2018-06-01/runtime";

/** The Lambda side of the conversation, over one connection. */
class RuntimeApi {
  constructor(address) {
    const [host, port] = address.split(":");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.options = { host, port, agent };
  }

  /**
   * Make one call, such as GET /invocation/next. Gives the reply's headers
   * and its body.
   */
  async call(method, path, body = "", headers = {}) {
    path = RUNTIME + path;
    const content = Buffer.from(body);
    const length = { "Content-Length": content.length };
    const reply = await new Promise((resolve, reject) => {
      request(
        { ...this.options, method, path, headers: { ...headers, ...length } },
        resolve,
      ).on("error", reject).end(content);
    });
    const parts = [];
    for await (const part of reply) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const { statusCode } = reply;
    if (statusCode < 200 || statusCode >= 300) {
      throw new Error(`${method} ${path}: ${statusCode} ${text}`);
    }
    return [reply.headers, text];
  }
}

/** What a handler may know about its invocation. */
class Context {
  constructor(headers) {
    this.awsRequestId = headers["lambda-runtime-aws-request-id"];
    this.invokedFunctionArn = headers["lambda-runtime-invoked-function-arn"];
    this.deadlineMs = Number(headers["lambda-runtime-deadline-ms"]);
  }

  /** How long the handler may still run, in milliseconds. */
  getRemainingTimeInMillis() {
    return Math.max(0, this.deadlineMs - Date.now());
  }
}

/** What is thrown, as an Error: it may be anything. */
const asError = (thrown) =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** The JSON of an error, for invocation/ID/error and init/error. */
function errorBody(error) {
  return JSON.stringify({
    errorMessage: error.message,
    errorType: error.name,
    stackTrace: String(error.stack).split("\n").slice(1),
  });
}

/** The header with the type of an error; a header is ASCII. */
const kindOf = (error) => ({
  "Lambda-Runtime-Function-Error-Type":
    error.name.replace(/[^\x20-\x7e]/g, "?"),
});

/** Wait for one event, handle it and answer it. */
async function serveOne(api, handler, toJson) {
  const [headers, event] = await api.call("GET", "/invocation/next");
  const invocation = `/invocation/${headers["lambda-runtime-aws-request-id"]}`;
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  const echo = {};
  const name = "Lambda-Runtime-Invocation-Id";
  if (name.toLowerCase() in headers) echo[name] = headers[name.toLowerCase()];
  let body;
  try {
    const result = await handler(JSON.parse(event), new Context(headers));
    body = toJson(result ?? null);
  } catch (thrown) {
    const error = asError(thrown);
    console.error(error);
    await api.call("POST", `${invocation}/error`, errorBody(error), {
      ...kindOf(error),
      ...echo,
    });
    return;
  }
  await api.call("POST", `${invocation}/response`, body, echo);
}

/**
 * The function that a name such as `handler.handler` means, and how its
 * results become JSON: a module whose results JSON.stringify refuses, such
 * as a BigInt, brings a `toJson` of its own.
 */
async function loadHandler(name) {
  const point = name.lastIndexOf(".");
  const module = await import(`./${name.slice(0, point)}.mjs`);
  const handler = module[name.slice(point + 1)];
  if (typeof handler !== "function") {
    throw new TypeError(`${name} is not a function`);
  }
  return [handler, module.toJson ?? JSON.stringify];
}

/** Load the handler, then serve invocations for ever. */
const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
let loaded;
try {
  loaded = await loadHandler(process.env._HANDLER);
} catch (thrown) {
  const error = asError(thrown);
  console.error(error);
  await api.call("POST", "/init/error", errorBody(error), kindOf(error));
  process.exit(1);
}
for (;;) await serveOne(api, ...loaded);
