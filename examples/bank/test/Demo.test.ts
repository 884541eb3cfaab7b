/** The demo as a user runs it: a process of its own, with its output and its exit code. */
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { serverUrl } from "../../../packages/postgres/test/server/serverUrl.ts"

const program = fileURLToPath(new URL("../src/demo.ts", import.meta.url))
const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8")
const scratch = mkdtempSync(join(tmpdir(), "demo-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const soak = process.env["EVENTFOLD_SOAK"] !== undefined
let folders = 0
const freshFolder = () => join(scratch, String(++folders))

const start = (args: ReadonlyArray<string>) => {
  const env = { ...process.env, NO_COLOR: "1" }
  const child = spawn(process.execPath, [program, ...args], { env, cwd: scratch })
  const output = { out: "", err: "" }
  child.stdout.on("data", (chunk) => (output.out += String(chunk)))
  child.stderr.on("data", (chunk) => (output.err += String(chunk)))
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...output }))
  return { child, ended, output }
}
const run = (...args: ReadonlyArray<string>) => start(args).ended
const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

/** The conditions at the end, independent of how the demo got there. */
const complete = ({ code, err, out }: Awaited<ReturnType<typeof run>>) => {
  expect(err).toBe("")
  expect(out).toMatch(/within the bank's rounding +39,309 of 39,309\n/)
  expect(out).toMatch(/accounts equal throughout +289 of 989\n/)
  expect(out).toContain("✓ every row of the file is in the log")
  expect(code).toBe(0)
  return out
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
  it("prints what README shows, and imports nothing twice", async () => {
    const folder = freshFolder()
    const first = complete(await run("--data-dir", folder))
    const shown = /It prints:\n\n```\n([^]*?)```/.exec(readme)![1]!
    const steady = (text: string) =>
      text
        .replaceAll(folder, ".data/bank")
        .replace(/done in [\d.]+ s/, "done in … s")
        .trim()
    expect(steady(first)).toBe(steady(shown))
    expect(readFileSync(join(folder, "account-1843.svg"), "utf8")).toMatch(/^<svg [^]*<\/svg>\n$/)
    const second = complete(await run("--data-dir", folder, "--account", "9188", "--full-history"))
    expect(second).toContain("0 commands imported, 40,525 were imported before")
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
      expect(complete(await run("--data-dir", folder))).toContain("0 commands imported, 40,525 were imported before")
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
      expect(complete(second)).toContain("0 commands imported, 40,525 were imported before")
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
  const refused = async (...args: ReadonlyArray<string>) => {
    const { code, err, out } = await run(...args)
    expect(err).not.toMatch(/^\s+at /m)
    expect(code).toBe(1)
    return `${out}${err}`.trim()
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
    const line = await refused(
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
    expect(await refused("--store", "postgres")).toContain("--store postgres needs the server: --url postgres://")
    expect(await refused("--url", "postgres://localhost/d")).toContain("add --store postgres, or leave it out")
  })

  it("a flag that does not fit", async () => {
    const said = await refused("--account", "")
    expect(said).toContain("--account")
    expect(said).not.toContain("Help requested")
  })

  it("a data directory of another version, which stays unchanged", async () => {
    const folder = freshFolder()
    mkdirSync(join(folder, "pglite"), { recursive: true })
    writeFileSync(join(folder, "pglite", "PG_VERSION"), "12\n")
    const line = await refused("--data-dir", folder)
    expect(line).toMatch(/PostgreSQL 12/)
    expect(readdirSync(join(folder, "pglite"))).toEqual(["PG_VERSION"])
  })

  it("a folder that can't be made", async () => {
    const file = freshFolder()
    writeFileSync(file, "")
    expect(await refused("--data-dir", join(file, "bank"))).toContain(`can't make the folder ${join(file, "bank")}`)
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
    const line = await refused("--files", "nowhere", "--data-dir", freshFolder())
    expect(line).toContain("accounts.csv[.gz]: there is no such file")
  })

  it("a folder that the system refuses to create", async () => {
    expect(await refused("--data-dir", "/proc/bank")).toContain("can't make the folder /proc/bank")
  })

  it("malformed rows, and an account that is none", async () => {
    const folder = freshFolder()
    writeFiles(join(folder, "files"), "12,1,1993-01-03,PRIJEM,VKLAD,nine,909.00,,,\n")
    const files = ["--files", join(folder, "files"), "--data-dir", folder]

    const stopped = await refused(...files, "--bad-rows", "stop")
    expect(stopped).toContain("1 row malformed; nothing was imported")
    expect(stopped).toContain(
      'transactions.csv:3: column amount: expected an amount above zero such as 3401.00, found "nine"'
    )
    expect(await refused(...files, "--account", "1843")).toContain("account 1843 is not in the files; such as 1 is")
    expect(existsSync(join(folder, "pglite"))).toBe(false)
    const fine = await run(...files)
    expect(fine.out).toContain("2 commands imported")
    expect(fine.out).toContain("1 row refused; nothing of what was refused is stored")
    expect(existsSync(join(folder, "account-1.svg"))).toBe(true)
    expect(fine.code).toBe(0)
  }, 600_000)
})
