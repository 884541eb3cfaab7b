/** What the run's global setup tells its tests. */
import "vitest"

declare module "vitest" {
  interface ProvidedContext {
    /** Where to ask for the url of the PostgreSQL server of this run. */
    readonly postgresDesk: string
  }
}
