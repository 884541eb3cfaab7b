/**
 * Virtual PostgreSQL connections over one PGlite.
 *
 * PGlite is a single PostgreSQL session inside the process. The driver needs a pool of connections,
 * each a stream of the wire protocol. Here each stream gathers whole messages and passes them to
 * that session, one connection at a time: from the first message until PostgreSQL reports that it
 * is ready and idle, the session belongs to one connection. So a transaction of one connection
 * makes the other connections wait, and is never mixed with theirs.
 *
 * Because there is one session, connections still share settings by SET, temporary tables, and
 * LISTEN. A notification is sent to every connection; the driver drops those for channels that it
 * does not listen to.
 */
import type { PGlite } from "@electric-sql/pglite"
import { Duplex } from "node:stream"
import { setImmediate } from "node:timers/promises"

const terminate = 0x58
const sync = 0x53
const simpleQuery = 0x51
const readyForQuery = 0x5a
const notification = 0x41
const errorResponse = 0x45
const idleStatus = 0x49
const cancelRequest = 80_877_102
const sslRequest = 80_877_103

interface Message {
  readonly bytes: Buffer
  readonly type: number | "startup"
}

/**
 * Splits a stream of bytes into protocol messages. A chunk may hold a part of a message, or
 * several.
 */
class Frames {
  #bytes: Buffer = Buffer.alloc(0)
  /** The first message of a connection has no type byte. */
  #first = true

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
  }

  /** Returns the next message, if it is complete. */
  next(): Message | undefined {
    const header = this.#first ? 4 : 5
    if (this.#bytes.length < header) return undefined
    // The length counts itself, but not the type byte.
    const length = this.#bytes.readInt32BE(header - 4) + header - 4
    if (this.#bytes.length < length) return undefined
    const bytes = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    const type = this.#first ? "startup" : bytes[0]!
    this.#first = false
    return { bytes, type }
  }

  /** Expects the startup message again, after a request for encryption was declined. */
  restart(): void {
    this.#first = true
  }
}

class Connection {
  readonly frames = new Frames()
  /** Complete messages that PGlite has not received yet. */
  messages: Array<Message> = []
  /** `true` after the startup: the connection may receive notifications. */
  started = false
  closed = false
  /** Callbacks of writes that PGlite has not consumed yet: the driver waits for them. */
  written: Array<(error?: Error | null) => void> = []
  readonly stream: Duplex

  constructor(stream: Duplex) {
    this.stream = stream
  }

  /**
   * Takes the messages that can be sent at once: PGlite would delay messages behind a startup
   * message, so it is sent alone.
   */
  take(): Array<Message> {
    return this.messages.splice(0, this.messages[0]?.type === "startup" ? 1 : this.messages.length)
  }
}

/** `true` if PostgreSQL answers this message with ReadyForQuery. */
const endsCycle = ({ type }: Message): boolean => type === sync || type === simpleQuery || type === "startup"

/**
 * Returns the message of PGlite's last error: after a panic, such as that of a full disk, it
 * answers no more messages.
 */
const panicMessage = (answer: Buffer): string => {
  let message = "it stopped without an error message"
  for (let at = 0; at < answer.length; at += answer.readInt32BE(at + 1) + 1) {
    if (answer[at] !== errorResponse) continue
    const fields = answer
      .subarray(at + 5, at + 1 + answer.readInt32BE(at + 1))
      .toString()
      .split("\0")
    message = fields.find((field) => field.startsWith("M"))?.slice(1) ?? message
  }
  return `PGlite stopped: ${message}`
}

const rollback = Buffer.from([simpleQuery, 0, 0, 0, 13, ...Buffer.from("ROLLBACK"), 0])

/**
 * The time that statements may take before they yield to the event loop. PGlite answers in
 * microtasks, which run before everything else: an app that appends without a pause would never see
 * a timer, a request or Ctrl-C.
 */
const maxTurnMs = 5

/** The connections of one PGlite. */
export class PgliteWire {
  readonly #db: Pick<PGlite, "execProtocolRawStream">
  readonly #connections = new Set<Connection>()
  /** Connections with messages, in the order in which the messages came. */
  readonly #turns: Array<Connection> = []
  #owner: Connection | undefined
  #running = false
  #broken: Error | undefined
  #lastTurn = performance.now()

  constructor(db: Pick<PGlite, "execProtocolRawStream">) {
    this.#db = db
  }

  /** The error with which PGlite itself has failed, if it has. */
  get broken(): Error | undefined {
    return this.#broken
  }

  /** A new virtual connection. */
  readonly connect = (): Duplex => {
    const stream: Duplex = new Duplex({
      // The answers of PGlite are already in memory, so a slow reader needs no backpressure.
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => this.#receive(connection, chunk, done),
      final: (done) => {
        this.#close(connection)
        done()
      },
      destroy: (error, done) => {
        this.#close(connection)
        done(error)
      }
    })
    const connection = new Connection(stream)
    this.#connections.add(connection)
    if (this.#broken !== undefined) stream.destroy(this.#broken)
    return stream
  }

  #receive(connection: Connection, chunk: Buffer, done: (error?: Error | null) => void): void {
    connection.frames.push(chunk)
    for (let frame = connection.frames.next(); frame !== undefined; frame = connection.frames.next()) {
      const { bytes, type } = frame
      if (type === terminate) {
        done()
        this.#close(connection)
        return
      }
      if (type === "startup") {
        const code = bytes.readInt32BE(4)
        if (code === sslRequest) {
          connection.stream.push("N")
          connection.frames.restart()
          continue
        }
        // A statement runs to its end before the next message is read, so there is never one to
        // cancel.
        if (code === cancelRequest) {
          done()
          connection.stream.destroy()
          return
        }
      }
      connection.messages.push(frame)
    }
    if (connection.messages.length === 0) return done()
    connection.written.push(done)
    if (connection !== this.#owner && !this.#turns.includes(connection)) this.#turns.push(connection)
    this.#start()
  }

  #close(connection: Connection): void {
    if (connection.closed) return
    connection.closed = true
    this.#connections.delete(connection)
    connection.stream.push(null)
    for (const done of connection.written.splice(0)) done()
    this.#start()
  }

  #start(): void {
    if (this.#running || this.#broken !== undefined) return
    this.#running = true
    this.#work().then(
      () => {
        this.#running = false
        // A message may have come between the last check and this line.
        if (this.#hasWork()) this.#start()
      },
      (cause: unknown) => this.#break(cause instanceof Error ? cause : new Error(String(cause)))
    )
  }

  #hasWork(): boolean {
    return this.#owner === undefined ? this.#turns.length > 0 : this.#owner.closed || this.#owner.messages.length > 0
  }

  async #work(): Promise<void> {
    while (this.#hasWork()) {
      if (performance.now() - this.#lastTurn > maxTurnMs) {
        await setImmediate()
        this.#lastTurn = performance.now()
        continue
      }
      const connection: Connection = this.#owner ?? this.#turns.shift()!
      if (connection.closed) {
        // It was closed in the middle of a transaction, which must not continue on the next
        // connection.
        if (this.#owner === connection) {
          await this.#ask(rollback)
          this.#owner = undefined
        }
        continue
      }
      this.#owner = connection
      const messages = connection.take()
      const written = connection.messages.length === 0 ? connection.written.splice(0) : []
      const bytes = messages.length === 1 ? messages[0]!.bytes : Buffer.concat(messages.map(({ bytes }) => bytes))
      const answer = await this.#ask(bytes)
      const status = this.#deliver(connection, answer)
      for (const done of written) done()
      if (status === undefined && endsCycle(messages.at(-1)!)) throw new Error(panicMessage(answer))
      if (status === idleStatus && endsCycle(messages.at(-1)!)) {
        this.#owner = undefined
        if (connection.messages.length > 0) this.#turns.push(connection)
      }
    }
  }

  /**
   * Sends messages and returns PGlite's answer. It uses the stream: `execProtocolRaw` also parses
   * every answer, and keeps the result.
   */
  async #ask(bytes: Buffer): Promise<Buffer> {
    const parts: Array<Buffer> = []
    // The part lies in PGlite's memory, which PGlite reuses.
    await this.#db.execProtocolRawStream(bytes, { onRawData: (part) => void parts.push(Buffer.from(part)) })
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  /**
   * Passes an answer to its connection, and the notifications in it to all connections. Returns the
   * transaction status at the end of the answer.
   */
  #deliver(connection: Connection, answer: Buffer): number | undefined {
    const own: Array<Buffer> = []
    let status: number | undefined
    let start = 0
    let at = 0
    while (at < answer.length) {
      const end = at + answer.readInt32BE(at + 1) + 1
      if (answer[at] === readyForQuery) status = answer[at + 5]
      else if (answer[at] === notification) {
        own.push(answer.subarray(start, at))
        start = end
        for (const other of this.#connections) if (other.started) other.stream.push(answer.subarray(at, end))
      }
      at = end
    }
    own.push(answer.subarray(start))
    if (status !== undefined) connection.started = true
    if (!connection.closed) for (const part of own) if (part.length > 0) connection.stream.push(part)
    return status
  }

  /**
   * Ends every connection after a failure of PGlite itself, which it does not recover from; new
   * connections fail at once.
   */
  #break(error: Error): void {
    this.#broken = error
    for (const connection of Array.from(this.#connections)) connection.stream.destroy(error)
  }
}
