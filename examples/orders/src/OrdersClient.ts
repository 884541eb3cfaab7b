/** A typed client of the API, derived from its declaration. */
import { HttpApiClient } from "effect/http-api"
import { OrdersApi } from "./OrdersApi.ts"

/** `baseUrl` is where the server is, such as `http://localhost:3000`. */
export const make = (baseUrl: string) => HttpApiClient.make(OrdersApi, { baseUrl })
