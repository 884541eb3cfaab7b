/**
 * A pooler between clients and a server, as PgBouncer in transaction mode: each transaction of a
 * client runs in another session. It keeps no prepared statements, and drops notifications.
 */
import { Effect, type Scope } from "effect"
import * as net from "node:net"

const sslRequest = 80_877_103
const cancelRequest = 80_877_102

/** Splits a stream of bytes into messages of the protocol. */
class Messages {
  #bytes: Buffer = Buffer.alloc(0)
  /** The first message of a client has no type. */
  #hasType: boolean

  constructor(hasType: boolean) {
    this.#hasType = hasType
  }

  add(bytes: Buffer): ReadonlyArray<Buffer> {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    const found: Array<Buffer> = []
    for (;;) {
      const at = this.#hasType ? 1 : 0
      if (this.#bytes.length < at + 4) return found
      const end = at + this.#bytes.readInt32BE(at)
      if (this.#bytes.length < end) return found
      const message = this.#bytes.subarray(0, end)
      this.#bytes = this.#bytes.subarray(end)
      if (this.#hasType || message.readInt32BE(4) !== sslRequest) this.#hasType = true
      found.push(message)
    }
  }
}

const typeOf = (message: Buffer): string => String.fromCharCode(message[0]!)

/** A session of the server. */
interface Session {
  readonly socket: net.Socket
  client: Client | undefined
}

class Pool {
  readonly sessions = new Set<Session>()
  readonly waiting: Array<Client> = []
  /** Number of transactions that ran in another session than the client's last one. */
  switches = 0

  /**
   * Gives a session to the client that has waited longest; the session that was idle longest is
   * used first.
   */
  assign(): void {
    for (const session of this.sessions) {
      if (this.waiting.length === 0) return
      if (session.client !== undefined) continue
      const client = this.waiting.shift()!
      this.sessions.delete(session)
      this.sessions.add(session)
      if (client.last !== undefined && client.last !== session) this.switches++
      client.begin(session)
    }
  }
}

class Client {
  readonly #pool: Pool
  readonly #socket: net.Socket
  readonly #messages = new Messages(false)
  /** Messages that have no session yet. */
  #unsent: Array<Buffer> = []
  #session: Session | undefined
  #isAnswered = true
  #isWaiting = false
  last: Session | undefined

  /** Logs a client in to a session of its own, which all clients use afterwards. */
  static accept(pool: Pool, socket: net.Socket, port: number, host: string): Client {
    const client = new Client(pool, socket)
    client.#logIn(port, host)
    return client
  }

  constructor(pool: Pool, socket: net.Socket) {
    this.#pool = pool
    this.#socket = socket
  }

  #logIn(port: number, host: string): void {
    const [pool, socket] = [this.#pool, this.#socket]
    const session: Session = { socket: net.connect(port, host), client: this }
    this.#session = session
    const answers = new Messages(true)
    let isLoggedIn = false
    session.socket.on("data", (bytes) => {
      for (const message of answers.add(bytes)) {
        session.client?.answer(session, message)
        if (!isLoggedIn && typeOf(message) === "Z") {
          isLoggedIn = true
          pool.sessions.add(session)
          pool.assign()
        }
      }
    })
    session.socket.on("error", () => socket.destroy())
    session.socket.on("close", () => {
      pool.sessions.delete(session)
      session.client?.end()
    })
    socket.on("error", () => {})
    socket.on("data", (bytes) => this.#receive(bytes))
    socket.on("close", () => {
      // A session is only reused between transactions.
      if (this.#session !== undefined) this.#session.socket.destroy()
      const at = pool.waiting.indexOf(this)
      if (at >= 0) pool.waiting.splice(at, 1)
    })
  }

  #receive(bytes: Buffer): void {
    for (const message of this.#messages.add(bytes)) {
      if (this.last === undefined) {
        // Before the first "ready", all messages belong to the session that the client logs into.
        const code = message.length >= 8 ? message.readInt32BE(4) : 0
        if (code === sslRequest) this.#socket.write("N")
        else if (code === cancelRequest) this.#socket.destroy()
        else this.#session?.socket.write(message)
      } else if (typeOf(message) === "X") this.#socket.end()
      else this.#unsent.push(message)
    }
    this.#send()
  }

  end(): void {
    this.#socket.destroy()
  }

  begin(session: Session): void {
    this.#isWaiting = false
    this.#session = session
    this.last = session
    session.client = this
    this.#send()
  }

  /** Sends messages up to the next that is answered by "ready", and waits for the answer. */
  #send(): void {
    if (this.last === undefined || this.#unsent.length === 0) return
    if (this.#session === undefined) {
      if (this.#isWaiting) return
      this.#isWaiting = true
      this.#pool.waiting.push(this)
      return this.#pool.assign()
    }
    if (!this.#isAnswered) return
    const end = this.#unsent.findIndex((message) => ["Q", "S"].includes(typeOf(message)))
    if (end < 0) return
    this.#isAnswered = false
    this.#session.socket.write(Buffer.concat(this.#unsent.splice(0, end + 1)))
  }

  answer(session: Session, message: Buffer): void {
    this.#socket.write(message)
    if (typeOf(message) !== "Z") return
    this.last = session
    this.#isAnswered = true
    if (message[5] === "I".charCodeAt(0)) {
      this.#session = undefined
      session.client = undefined
      // In a separate turn: the reader of the answer may be the next client that needs this
      // session.
      setImmediate(() => this.#pool.assign())
    }
    this.#send()
  }
}

/** Opens a pooler in front of a server; returns its url, and the number of changes of sessions. */
export const open = (
  url: string
): Effect.Effect<{ readonly url: string; readonly switches: () => number }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { hostname, port } = new URL(url)
    const pool = new Pool()
    const sockets = new Set<net.Socket>()
    const server = yield* Effect.acquireRelease(
      Effect.callback<net.Server>((resume) => {
        const server = net.createServer((socket) => {
          sockets.add(socket)
          Client.accept(pool, socket, Number(port || 5432), hostname)
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.sync(() => {
          for (const socket of sockets) socket.destroy()
          for (const { socket } of pool.sessions) socket.destroy()
          server.close()
        })
    )
    const address = server.address()
    const pooled = new URL(url)
    pooled.hostname = "127.0.0.1"
    pooled.port = String(typeof address === "object" ? address?.port : "")
    return { url: pooled.href, switches: () => pool.switches }
  })
