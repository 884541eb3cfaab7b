/**
 * Finds the statement that a busy thread executes. Only the debugger can interrupt a thread in a
 * loop.
 */
import { Session } from "node:inspector"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { Position } from "../report/Diagnostic.ts"
import { isOfProject } from "../project/Ownership.ts"
import { StoredJson } from "eventfold/tables"

interface Frame {
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number }
}

/** A message of the debugger. */
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

const searchTimeoutMs = 1_000

/**
 * Returns the innermost place in the project's code that a thread executes; `undefined` if it is
 * not found before `timeout` resolves.
 *
 * A thread in one long call only pauses when the call returns, perhaps long after the timeout. No
 * other code would resume it then, and a paused thread can't be terminated. So the debugger stays
 * connected until the thread has ended.
 */
export const find = (
  threadId: number,
  timeout: Promise<unknown> = sleep(searchTimeoutMs)
): Promise<Place | undefined> =>
  new Promise((resolve) => {
    const session = new Session()
    session.connect()
    let own: string | undefined
    let found: Place | undefined
    const send = (sessionId: string, id: number, method: string) =>
      session.post("NodeWorker.sendMessageToWorker", { sessionId, message: JSON.stringify({ id, method }) })
    const scripts = new Map<string, string>()
    session.on("NodeWorker.attachedToWorker", ({ params: { sessionId, workerInfo } }) => {
      // The ids of the debugger are not those of threads, but the title has the id of the thread.
      if (!workerInfo.title.startsWith(`[worker ${threadId}]`)) return
      own = sessionId
      send(sessionId, 1, "Debugger.enable")
      send(sessionId, 2, "Debugger.pause")
    })
    session.on("NodeWorker.detachedFromWorker", ({ params: { sessionId } }) => {
      if (sessionId !== own) return
      session.disconnect()
      resolve(found)
    })
    session.on("NodeWorker.receivedMessageFromWorker", ({ params: { message, sessionId } }) => {
      const received: unknown = StoredJson.parse(message)
      const { method, params = {} } = received as Message
      if (method === "Debugger.scriptParsed" && params.scriptId !== undefined && params.url !== undefined) {
        scripts.set(params.scriptId, params.url)
      }
      if (method === "Debugger.resumed") return resolve(found)
      if (method !== "Debugger.paused") return
      found ??= placeIn(params.callFrames ?? [], scripts)
      send(sessionId, 3, "Debugger.resume")
    })
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false })
    void timeout.then(() => resolve(found))
  })

/** Returns the first place in the project's code. */
const placeIn = (frames: ReadonlyArray<Frame>, scripts: ReadonlyMap<string, string>): Place | undefined => {
  for (const { location } of frames) {
    const url = scripts.get(location.scriptId)?.replace(/\?.*$/, "") ?? ""
    const file = url.startsWith("file:") ? fileURLToPath(url) : url
    if (!file.startsWith("/") && !/^[A-Za-z]:\\/.test(file)) continue
    if (isOfProject(file)) {
      return { file, at: { line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 } }
    }
  }
  return undefined
}
