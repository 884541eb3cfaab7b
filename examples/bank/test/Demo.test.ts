/** The demo as a user runs it: a process of its own, with its output and its exit code. */
import { type ChildProcess, execFileSync, fork, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import { emptyPgliteFile, serverUrl } from "../../../packages/postgres/test/server/serverUrl.ts"

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const program = pathOf("../src/demo.ts")
const preload = pathOf("../../../packages/postgres/test/processes/EmptyDatabases.ts")
const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8")
const scratch = mkdtempSync(join(tmpdir(), "demo-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const soak = process.env["EVENTFOLD_SOAK"] !== undefined
let folders = 0
const freshFolder = () => join(scratch, String(++folders))

/** Starts a process. Outside of the soak run, its database begins as a copy of an empty one. */
const start = (args: ReadonlyArray<string>, empty?: string) => {
  const env = { ...process.env, NO_COLOR: "1", EVENTFOLD_TEST_PGLITE: empty }
  const before = empty === undefined ? [] : ["--import", preload]
  const child = spawn(process.execPath, [...before, program, ...args], { env, cwd: scratch })
  const output = { out: "", err: "" }
  child.stdout.on("data", (chunk) => (output.out += String(chunk)))
  child.stderr.on("data", (chunk) => (output.err += String(chunk)))
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...output }))
  return { child, ended, output }
}
const run = async (...args: ReadonlyArray<string>) => start(args, soak ? undefined : await emptyPgliteFile()).ended
const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

interface Figures {
  readonly accounts: number
  readonly transactions: number
  readonly commands: number
}
const all: Figures = { accounts: 989, transactions: 39_309, commands: 40_525 }
const shown = (count: number) => count.toLocaleString("en-US")
const importedTwice = ({ commands }: Figures) => `0 commands imported, ${shown(commands)} were imported before`

/** The conditions at the end, independent of how the demo got there. */
const complete = ({ code, err, out }: Awaited<ReturnType<typeof run>>, { accounts, transactions }: Figures = all) => {
  expect(err).toBe("")
  expect(out).toMatch(new RegExp(`within the bank's rounding +${shown(transactions)} of ${shown(transactions)}\n`))
  expect(out).toMatch(
    new RegExp(`accounts equal throughout +${accounts === all.accounts ? 289 : "[1-9]\\d*"} of ${accounts}\n`)
  )
  expect(out).toContain("✓ every row of the file is in the log")
  expect(code).toBe(0)
  return out
}

/**
 * Writes the records of each 30th account, of those that README names, and of two with a card and a
 * penalty interest.
 */
const writeSome = (folder: string): Figures => {
  mkdirSync(folder, { recursive: true })
  const named = ["1843", "9188", "817", "10451", "4774", "6034", "8377", "1999", "7011"]
  const linesOf = (name: string) =>
    gunzipSync(readFileSync(pathOf(`../data/${name}.csv.gz`)))
      .toString()
      .trimEnd()
      .split("\n")
  const ids = linesOf("accounts").map((line) => line.split(",")[0]!)
  const chosen = new Set(ids.filter((id, i) => i % 30 === 0 || named.includes(id)))
  const of = (name: string, column: number) => {
    const lines = linesOf(name).filter((line, i) => i === 0 || chosen.has(line.split(",")[column]!))
    writeFileSync(join(folder, `${name}.csv`), `${lines.join("\n")}\n`)
    return lines.slice(1)
  }
  const [accounts, loans, transactions] = [of("accounts", 0), of("loans", 1), of("transactions", 1)]
  const payments = transactions.filter((line) => line.split(",")[7] === "UVER")
  const commands = accounts.length + loans.length + transactions.length + payments.length
  return { accounts: accounts.length, transactions: transactions.length, commands }
}

/** Writes files of one account, with one payment in and the given rows. */
const writeFiles = (folder: string, rows: string): void => {
  mkdirSync(folder, { recursive: true })
  const files = {
    accounts: "account_id,district_id,frequency,date\n1,7,POPLATEK MESICNE,1993-01-01\n",
    loans: "loan_id,account_id,date,amount,duration,payments\n",
    transactions:
      "trans_id,account_id,date,type,operation,amount,balance,k_symbol,bank,account\n" +
      `11,1,1993-01-02,PRIJEM,VKLAD,900.00,900.00,,,\n${rows}`
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.csv`), text)
}
const importedBefore = (out: string) => Number(/, ([\d,]+) were imported before/.exec(out)![1]!.replaceAll(",", ""))

describe("the demo", () => {
  const block = /It prints:\n\n```\n([^]*?)```/.exec(readme)![1]!
  const steady = (text: string, folder: string) =>
    text
      .replaceAll(folder, ".data/bank")
      .replace(/done in [\d.]+ s/, "done in … s")
      .trim()

  it.runIf(soak)(
    "prints what README shows, and imports nothing twice",
    async () => {
      const folder = freshFolder()
      const first = complete(await run("--data-dir", folder))
      expect(steady(first, folder)).toBe(steady(block, folder))
      expect(readFileSync(join(folder, "account-1843.svg"), "utf8")).toMatch(/^<svg [^]*<\/svg>\n$/)
      const second = complete(await run("--data-dir", folder, "--account", "9188", "--full-history"))
      expect(second).toContain(importedTwice(all))
      expect(second.match(/^ +\d+ {2}199\d-\d\d-\d\d {2}/gm)).toHaveLength(104)
    },
    600_000
  )

  // Import.test.ts compares README with the figures of all records.
  it("prints what README shows, but for totals, on some of the records, and imports nothing twice", async () => {
    const [folder, files] = [freshFolder(), freshFolder()]
    const figures = writeSome(files)
    const first = complete(await run("--data-dir", folder, "--files", files), figures)
    // Figures and the widths of their columns differ; lines, words and names of columns do not.
    const formOf = (text: string) =>
      steady(text, folder)
        .replace(/\d[\d,.]*|–/g, "#")
        .replace(/ +/g, " ")
    expect(formOf(first)).toBe(formOf(block))
    const ofAccount = (text: string) => /What was account 1843[^]*/.exec(steady(text, folder))![0]
    expect(ofAccount(first)).toBe(ofAccount(block))
    expect(readFileSync(join(folder, "account-1843.svg"), "utf8")).toMatch(/^<svg [^]*<\/svg>\n$/)
    const again = await run("--data-dir", folder, "--files", files, "--account", "9188", "--full-history")
    const second = complete(again, figures)
    expect(second).toContain(importedTwice(figures))
    expect(second.match(/^ +\d+ {2}199\d-\d\d-\d\d {2}/gm)).toHaveLength(104)
  }, 600_000)

  it.runIf(soak)(
    "killed at five random moments and started again ends at the same counts and balances",
    async () => {
      const folder = freshFolder()
      const moments: Array<number> = []
      let length = 9_000
      for (let kill = 0; kill < 5; kill++) {
        const { child, ended, output } = start(["--data-dir", folder])
        const moment = Math.round(Math.random() * length)
        moments.push(moment)
        await pause(moment)
        child.kill("SIGKILL")
        const { code } = await ended
        // It may have been done already: then the moments that follow come earlier.
        if (code === 0) length = Math.round(length * 0.7)
        else expect(output.err).toBe("")
      }
      const out = complete(await run("--data-dir", folder))
      expect(importedBefore(out), `killed after ${moments.join(", ")} ms`).toBeGreaterThanOrEqual(0)
      expect(complete(await run("--data-dir", folder))).toContain(importedTwice(all))
    },
    600_000
  )

  it.skipIf(!soak)(
    "stopped with Ctrl-C reports it, leaves nothing locked, and continues from there",
    async () => {
      const folder = freshFolder()
      const { child, ended, output } = start(["--data-dir", folder])
      while (!output.out.includes("1. Import") && child.exitCode === null) await pause(20)
      await pause(700)
      child.kill("SIGINT")
      const { code, err } = await ended
      expect(err.trim()).toBe("Stopped. What was imported stays; the same command goes on from there.")
      expect(code).toBe(130)
      const out = complete(await run("--data-dir", folder))
      expect(importedBefore(out)).toBeGreaterThan(0)
    },
    600_000
  )

  /** Runs the demo twice in a schema of its own of the run's PostgreSQL server. */
  const twiceOnServer = async (...more: ReadonlyArray<string>) => {
    const url = await serverUrl()
    const schema = `bank_demo_${process.pid}`
    const args = ["--store", "postgres", "--url", url, "--schema", schema, "--data-dir", freshFolder(), ...more]
    try {
      return [await run(...args), await run(...args)] as const
    } finally {
      execFileSync(process.execPath, [fileURLToPath(new URL("dropSchema.ts", import.meta.url)), url, schema])
    }
  }

  it.runIf(soak)(
    "does the same on a PostgreSQL server",
    async () => {
      const [first, second] = await twiceOnServer()
      complete(first)
      expect(complete(second)).toContain(importedTwice(all))
    },
    600_000
  )

  it("imports a few rows into a PostgreSQL server, and nothing twice", async () => {
    const files = freshFolder()
    writeFiles(files, "12,1,1993-01-03,PRIJEM,VKLAD,9.00,909.00,,,\n")
    const [first, second] = await twiceOnServer("--files", files)
    for (const { code, err, out } of [first, second]) {
      expect({ code, err }).toEqual({ code: 0, err: "" })
      expect(out).toContain("✓ every row of the file is in the log")
    }
    expect(first.out).toContain("3 commands imported")
    expect(second.out).toContain("0 commands imported, 3 were imported before")
  }, 600_000)
})

describe("bad input gets one clear line and exit code 1", () => {
  /** The line, and no stack trace. */
  const lineOf = ({ code, err, out }: { readonly code: number; readonly err: string; readonly out: string }) => {
    expect(err).not.toMatch(/^\s+at /m)
    expect(code).toBe(1)
    return `${out}${err}`.trim()
  }
  const refused = async (...args: ReadonlyArray<string>) => lineOf(await run(...args))

  let demos: ChildProcess | undefined
  afterAll(() => void demos?.disconnect())
  /**
   * The line of a demo in a process that runs many. Each process loads Effect, which takes 0.9 s of
   * CPU time.
   */
  const refusedInTurn = async (...args: ReadonlyArray<string>) => {
    demos ??= fork(pathOf("DemoRuns.ts"), { env: { ...process.env, NO_COLOR: "1" }, cwd: scratch })
    const answered = new AbortController()
    const { signal } = answered
    const ended = once(demos, "exit", { signal }).then(([code]) => {
      throw new Error(`the process of the demos ended with ${code}`)
    })
    demos.send(args)
    try {
      const [answer] = await Promise.race([once(demos, "message", { signal }), ended])
      return lineOf(answer)
    } finally {
      answered.abort()
    }
  }

  it("an unreachable server", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as { readonly port: number }
    server.close()
    await once(server, "close")
    const line = await refused(
      "--store",
      "postgres",
      "--url",
      `postgres://u:secret@127.0.0.1:${port}/d`,
      "--data-dir",
      freshFolder()
    )
    expect(line).toContain(`127.0.0.1:${port}`)
    expect(line).toMatch(/no PostgreSQL server answers/)
    expect(line).not.toContain("secret")
    expect(line.split("\n")).toHaveLength(1)
  })

  it("a port taken by something that is no PostgreSQL server", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as { readonly port: number }
    const line = await refusedInTurn(
      "--store",
      "postgres",
      "--url",
      `postgres://u@127.0.0.1:${port}/d`,
      "--data-dir",
      freshFolder()
    )
    server.close()
    expect(line).toContain(`127.0.0.1:${port}`)
    expect(line.split("\n")).toHaveLength(1)
  })

  it("flags that don't go together", async () => {
    expect(await refusedInTurn("--store", "postgres")).toContain("--store postgres needs the server: --url postgres://")
    expect(await refusedInTurn("--url", "postgres://localhost/d")).toContain("add --store postgres, or leave it out")
  })

  it("a flag that does not fit", async () => {
    const said = await refusedInTurn("--account", "")
    expect(said).toContain("--account")
    expect(said).not.toContain("Help requested")
  })

  it("a data directory of another version, which stays unchanged", async () => {
    const folder = freshFolder()
    mkdirSync(join(folder, "pglite"), { recursive: true })
    writeFileSync(join(folder, "pglite", "PG_VERSION"), "12\n")
    const line = await refusedInTurn("--data-dir", folder)
    expect(line).toMatch(/PostgreSQL 12/)
    expect(readdirSync(join(folder, "pglite"))).toEqual(["PG_VERSION"])
  })

  it("a folder that can't be made", async () => {
    const file = freshFolder()
    writeFileSync(file, "")
    expect(await refusedInTurn("--data-dir", join(file, "bank"))).toContain(
      `can't make the folder ${join(file, "bank")}`
    )
  })

  it.skipIf(!soak)(
    "a second demo on the same folder, while the first goes on",
    async () => {
      const folder = freshFolder()
      const first = start(["--data-dir", folder])
      while (!first.output.out.includes("1. Import") && first.child.exitCode === null) await pause(20)
      const line = await refused("--data-dir", folder)
      expect(line).toContain(String(first.child.pid))
      expect(first.child.exitCode).toBe(null)
      first.child.kill("SIGINT")
      expect((await first.ended).code).toBe(130)
    },
    600_000
  )

  it("files that are not there", async () => {
    const line = await refusedInTurn("--files", "nowhere", "--data-dir", freshFolder())
    expect(line).toContain("accounts.csv[.gz]: there is no such file")
  })

  it("a folder that the system refuses to create", async () => {
    expect(await refusedInTurn("--data-dir", "/proc/bank")).toContain("can't make the folder /proc/bank")
  })

  it("malformed rows, and an account that is none", async () => {
    const folder = freshFolder()
    writeFiles(join(folder, "files"), "12,1,1993-01-03,PRIJEM,VKLAD,nine,909.00,,,\n")
    const files = ["--files", join(folder, "files"), "--data-dir", folder]

    const stopped = await refusedInTurn(...files, "--bad-rows", "stop")
    expect(stopped).toContain("1 row malformed; nothing was imported")
    expect(stopped).toContain(
      'transactions.csv:3: column amount: expected an amount above zero such as 3401.00, found "nine"'
    )
    expect(await refusedInTurn(...files, "--account", "1843")).toContain(
      "account 1843 is not in the files; such as 1 is"
    )
    expect(existsSync(join(folder, "pglite"))).toBe(false)
    const fine = await run(...files)
    expect(fine.out).toContain("2 commands imported")
    expect(fine.out).toContain("1 row refused; nothing of what was refused is stored")
    expect(existsSync(join(folder, "account-1.svg"))).toBe(true)
    expect(fine.code).toBe(0)
  }, 600_000)
})
