/** Where a thread is that doesn't answer: Node's debugger stops it for a look, since nothing else gets through to a loop. */
import { Session } from "node:inspector"
import { fileURLToPath } from "node:url"
import type { Position } from "./Diagnostic.ts"
import { isOfProject } from "./Ownership.ts"
import * as StoredJson from "eventfold/StoredJson"

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

/** A thread that waits isn't anywhere, and doesn't stop. */
const patience = 1_000

/** The innermost place in the project's own code. */
export const find = (threadId: number): Promise<{ readonly file: string; readonly at: Position } | undefined> =>
  new Promise((resolve) => {
    const session = new Session()
    session.connect()
    let found: Parameters<typeof resolve>[0]
    const end = () => {
      clearTimeout(timer)
      session.disconnect()
      resolve(found)
    }
    const timer = setTimeout(end, patience)
    const tell = (sessionId: string, id: number, method: string) =>
      session.post("NodeWorker.sendMessageToWorker", { sessionId, message: JSON.stringify({ id, method }) })
    const scripts = new Map<string, string>()
    session.on("NodeWorker.attachedToWorker", ({ params: { sessionId, workerInfo } }) => {
      // The ids in here are the debugger's own.
      if (!workerInfo.title.startsWith(`[worker ${threadId}]`)) return
      tell(sessionId, 1, "Debugger.enable")
      tell(sessionId, 2, "Debugger.pause")
    })
    session.on("NodeWorker.receivedMessageFromWorker", ({ params: { message, sessionId } }) => {
      const told: unknown = StoredJson.parse(message)
      const { method, params = {} } = told as Message
      if (method === "Debugger.scriptParsed" && params.scriptId !== undefined && params.url !== undefined) {
        scripts.set(params.scriptId, params.url)
      }
      if (method === "Debugger.resumed") return end()
      if (method !== "Debugger.paused") return
      for (const { location } of params.callFrames ?? []) {
        const url = scripts.get(location.scriptId)?.replace(/\?.*$/, "") ?? ""
        const file = url.startsWith("file:") ? fileURLToPath(url) : url
        if (!file.startsWith("/") && !/^[A-Za-z]:\\/.test(file)) continue
        if (!isOfProject(file)) continue
        found = { file, at: { line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 } }
        break
      }
      // A thread that stands still can't be ended either.
      tell(sessionId, 3, "Debugger.resume")
    })
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false })
  })
