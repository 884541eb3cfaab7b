/** Serves the API, its OpenAPI document and a page to read and try it. */
import { Layer } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder, HttpApiMiddleware, HttpApiScalar } from "effect/http-api"
import { OrdersApi } from "./OrdersApi.ts"
import * as OrdersHandlers from "./OrdersHandlers.ts"

/**
 * The document, for clients in any language; and the page, whose scripts are served with it: it
 * needs no other network.
 */
export const openApiPath = "/openapi.json"
export const docsPath = "/docs"

const routes = Layer.mergeAll(
  HttpApiBuilder.layer(OrdersApi, { openapiPath: openApiPath }),
  HttpApiScalar.layer(OrdersApi, { path: docsPath, scalar: { withDefaultFonts: false } })
)

/** Serves on the `HttpServer` that is provided. */
export const layer = HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provide(OrdersHandlers.layer),
  // A malformed request is answered with the field and the reason.
  Layer.provide(HttpApiMiddleware.layerProblemDetails({ includeDetails: true }))
)
