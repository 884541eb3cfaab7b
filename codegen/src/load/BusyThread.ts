/** Where a thread is that doesn't answer: Node's debugger stops it for a look, since nothing else gets through to a loop. */
import { Session } from "node:inspector"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { Position } from "../report/Diagnostic.ts"
import { isOfProject } from "../project/Ownership.ts"
import * as JsonText from "../syntax/JsonText.ts"

interface Frame {
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number }
}

interface Message {
  readonly method?: string
  readonly params?: {
    readonly scriptId?: string
    readonly url?: string
    readonly callFrames?: ReadonlyArray<Frame>
  }
}

export interface Place {
  readonly file: string
  readonly at: Position
}

/**
 * Finds the innermost place in the project's own code at which a thread is.
 *
 * A thread that is in one long call pauses when it returns from that, perhaps long after the search was given up. Nobody else
 * would resume it then, and a paused thread can't be ended; so the debugger stays until the thread has ended.
 */
export const find = (threadId: number, givenUp: Promise<unknown> = sleep(1_000)): Promise<Place | undefined> =>
  new Promise((resolve) => {
    const session = new Session()
    session.connect()
    let own: string | undefined
    let found: Place | undefined
    const tell = (sessionId: string, id: number, method: string) =>
      session.post("NodeWorker.sendMessageToWorker", { sessionId, message: JSON.stringify({ id, method }) })
    const scripts = new Map<string, string>()
    session.on("NodeWorker.attachedToWorker", ({ params: { sessionId, workerInfo } }) => {
      // The ids in here are the debugger's own.
      if (!workerInfo.title.startsWith(`[worker ${threadId}]`)) return
      own = sessionId
      tell(sessionId, 1, "Debugger.enable")
      tell(sessionId, 2, "Debugger.pause")
    })
    session.on("NodeWorker.detachedFromWorker", ({ params: { sessionId } }) => {
      if (sessionId !== own) return
      session.disconnect()
      resolve(found)
    })
    session.on("NodeWorker.receivedMessageFromWorker", ({ params: { message, sessionId } }) => {
      const told: unknown = JsonText.parse(message)
      const { method, params = {} } = told as Message
      if (method === "Debugger.scriptParsed" && params.scriptId !== undefined && params.url !== undefined) {
        scripts.set(params.scriptId, params.url)
      }
      if (method === "Debugger.resumed") return resolve(found)
      if (method !== "Debugger.paused") return
      found ??= placeIn(params.callFrames ?? [], scripts)
      tell(sessionId, 3, "Debugger.resume")
    })
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false })
    void givenUp.then(() => resolve(found))
  })

const placeIn = (frames: ReadonlyArray<Frame>, scripts: ReadonlyMap<string, string>): Place | undefined => {
  for (const { location } of frames) {
    const url = scripts.get(location.scriptId)?.replace(/\?.*$/, "") ?? ""
    const file = url.startsWith("file:") ? fileURLToPath(url) : url
    if (!file.startsWith("/") && !/^[A-Za-z]:\\/.test(file)) continue
    if (isOfProject(file))
      return { file, at: { line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 } }
  }
  return undefined
}
