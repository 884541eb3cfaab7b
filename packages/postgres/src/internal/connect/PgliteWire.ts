/**
 * Virtual PostgreSQL connections over one PGlite.
 *
 * PGlite is a single PostgreSQL session inside the process. The driver wants a pool of connections, each a stream that
 * speaks the wire protocol. Here each stream gathers whole messages and feeds them to that one session, in turns: from
 * the first message until PostgreSQL says that it is ready and idle, the session belongs to one connection. So a
 * transaction of one connection makes the others wait, and is never mixed with theirs.
 *
 * What connections share all the same, since the session is one: settings by SET, temporary tables, and LISTEN. A
 * notification goes to every connection; the driver drops those for channels it has not asked for.
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

/** Cuts a stream of bytes into protocol messages, which may come in pieces or several at once. */
class Frames {
  #bytes: Buffer = Buffer.alloc(0)
  /** The first message of a connection has no type byte. */
  #first = true

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
  }

  /** The next whole message, if it is there. */
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

  /** After a request for encryption was declined, the startup message is still to come. */
  restart(): void {
    this.#first = true
  }
}

class Connection {
  readonly frames = new Frames()
  /** Whole messages not yet given to PGlite. */
  messages: Array<Message> = []
  /** Past its startup: may be told of notifications. */
  started = false
  closed = false
  /** Confirms that what was written is consumed: the driver's writes wait for it. */
  written: Array<(error?: Error | null) => void> = []
  readonly stream: Duplex

  constructor(stream: Duplex) {
    this.stream = stream
  }

  /** All that can be sent at once: PGlite keeps what follows a startup message for its next call, so that goes alone. */
  take(): Array<Message> {
    return this.messages.splice(0, this.messages[0]?.type === "startup" ? 1 : this.messages.length)
  }
}

/** Whether PostgreSQL answers this message by saying that it is ready for the next. */
const endsCycle = ({ type }: Message): boolean => type === sync || type === simpleQuery || type === "startup"

/** What PGlite said in place of being ready: after a panic, such as a full disk's, it answers nothing more. */
const lastWords = (answer: Buffer): string => {
  let said = "it stopped without a word"
  for (let at = 0; at < answer.length; at += answer.readInt32BE(at + 1) + 1) {
    if (answer[at] !== errorResponse) continue
    const fields = answer
      .subarray(at + 5, at + 1 + answer.readInt32BE(at + 1))
      .toString()
      .split("\0")
    said = fields.find((field) => field.startsWith("M"))?.slice(1) ?? said
  }
  return `PGlite stopped: ${said}`
}

const rollback = Buffer.from([simpleQuery, 0, 0, 0, 13, ...Buffer.from("ROLLBACK"), 0])

/**
 * How long statements may follow each other before the event loop gets a turn. PGlite answers in microtasks, which come
 * before everything else: an app that appends without a pause would never see a timer, a request or Ctrl-C.
 */
const turnMillis = 5

/** The connections of one PGlite. */
export class PgliteWire {
  readonly #db: Pick<PGlite, "execProtocolRawStream">
  readonly #connections = new Set<Connection>()
  /** Connections with something to say, in the order in which they spoke up. */
  readonly #turns: Array<Connection> = []
  #owner: Connection | undefined
  #running = false
  #broken: Error | undefined
  #lastTurn = performance.now()

  constructor(db: Pick<PGlite, "execProtocolRawStream">) {
    this.#db = db
  }

  /** Why nothing can be asked any more, once PGlite itself has failed. */
  get broken(): Error | undefined {
    return this.#broken
  }

  /** A new virtual connection. */
  readonly connect = (): Duplex => {
    const stream: Duplex = new Duplex({
      // What PGlite answers is in memory already, so there is nothing to hold back when the reader is slow.
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
        // Statements here run to their end before anything else is heard, so there is never one to cancel.
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
        // Something may have come between the last look and this line.
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
      if (performance.now() - this.#lastTurn > turnMillis) {
        await setImmediate()
        this.#lastTurn = performance.now()
        continue
      }
      const connection: Connection = this.#owner ?? this.#turns.shift()!
      if (connection.closed) {
        // It left in the middle of something: whatever transaction it had must not become the next one's.
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
      if (status === undefined && endsCycle(messages.at(-1)!)) throw new Error(lastWords(answer))
      if (status === idleStatus && endsCycle(messages.at(-1)!)) {
        this.#owner = undefined
        if (connection.messages.length > 0) this.#turns.push(connection)
      }
    }
  }

  /**
   * PGlite's answer. By way of its stream: `execProtocolRaw` also parses every answer, and keeps what it has parsed.
   */
  async #ask(bytes: Buffer): Promise<Buffer> {
    const parts: Array<Buffer> = []
    // What is handed over lies in PGlite's memory, which it uses again.
    await this.#db.execProtocolRawStream(bytes, { onRawData: (part) => void parts.push(Buffer.from(part)) })
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  /** Hands an answer to its connection, and notifications in it to all; gives the transaction status it ends with. */
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

  /** PGlite itself failed, which it does not recover from: every connection ends, and new ones fail at once. */
  #break(error: Error): void {
    this.#broken = error
    for (const connection of Array.from(this.#connections)) connection.stream.destroy(error)
  }
}
