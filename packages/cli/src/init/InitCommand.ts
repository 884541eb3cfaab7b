/** `eventfold init`: begins a project. */
import * as Effect from "effect/Effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { print } from "../commandline/Host.ts"
import { Session } from "../commandline/Session.ts"
import { init } from "./NewProject.ts"

export const initCommand = Command.make(
  "init",
  {
    folder: Argument.String("folder").pipe(
      Argument.withDescription("The folder of the project. Defaults to the current one"),
      Argument.withDefault(".")
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Print the written files as JSON to stdout")
    )
  },
  ({ folder, json }) =>
    Session.use(({ end, host }) =>
      Effect.promise(async () =>
        end(await print(host, init(host.cwd, folder, { json, agent: host.env["npm_config_user_agent"] })))
      )
    )
).pipe(Command.withDescription("Begin a project: a small example that runs. Never overwrites files"))
