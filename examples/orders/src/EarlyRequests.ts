/**
 * An HTTP server that answers no request too early. Node takes connections from the moment that it
 * listens, and drops a request that arrives before anything listens to `request`: its client waits
 * for ever. This one keeps such requests until then.
 */
import * as Http from "node:http"

/**
 * Answers requests between the start of `NodeHttpServer.layer`, which listens first, and the start
 * of the app.
 */
export const createServer = (): Http.Server => {
  const server = Http.createServer()
  const early: Array<readonly [Http.IncomingMessage, Http.ServerResponse]> = []
  const keep: Http.RequestListener = (request, response) => void early.push([request, response])
  const handOver = (name: string | symbol, listener: Http.RequestListener) => {
    if (name !== "request") return
    server.off("newListener", handOver)
    server.off("request", keep)
    for (const [request, response] of early) listener(request, response)
  }
  server.on("request", keep)
  server.on("newListener", handOver)
  return server
}
