/** The values that the global setup of the run provides to tests. */
import "vitest"

declare module "vitest" {
  interface ProvidedContext {
    /** The address that returns the url of the PostgreSQL server of this run. */
    readonly postgresDesk: string
  }
}
