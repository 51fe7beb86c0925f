import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { packPackage } from '../../packages/agentcore-identity-emulator/pack/pack-package.ts'
import { requestToken } from '../../tests/fidelity/support/flow.ts'
import { Vendor } from '../../tests/fidelity/support/vendor.ts'
import type { Benchmark } from '../report/benchmark.ts'
import { median } from '../report/statistics.ts'
import { COLLECTS_GARBAGE, heldMiB } from '../support/held-memory.ts'
import { type Program, type ServerProcess, startServer } from '../support/server-process.ts'
import { CREDENTIALS, callerOf, configurationWith, finish, requestOf } from './authorizations.ts'

const AT_A_TIME = 16

export const emulator: Benchmark = {
  name: 'emulator',
  async run({ quick, say, compileCache, profileDirectory }) {
    const directory = await mkdtemp(join(tmpdir(), 'bench-emulator-'))
    const vendor = await new Vendor().start()
    try {
      const config = join(directory, 'emulator.json')
      await writeFile(config, JSON.stringify(configurationWith(vendor)))
      const program: Program = {
        program: '../packages/agentcore-identity-emulator/src/main.ts',
        environment: compileCache ? { NODE_COMPILE_CACHE: compileCache } : {},
        args: ['--port', '0', '--json', '--config', config, '--credential', Object.values(CREDENTIALS).join(':')],
      }

      const readyMs = await startsOf(program)
      const installed = await install(directory)
      const installedReadyMs = await startsOf({ program: installed.program, args: program.args ?? [] })

      const nodeOptions = profileDirectory ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`] : []
      const { ours, floor } = await callsPerSecond({ ...program, nodeOptions }, quick ? 500 : 3_000, say)
      const memory = await memoryOf(program, quick ? 1_000 : 10_000, say)
      return {
        unit: 'calls with a vaulted token per second on one core',
        ours,
        floor: { name: 'a bare node:http handler without checks', values: floor },
        details: [
          { what: 'from its start to ready', value: median(readyMs), unit: 'ms' },
          { what: 'installed from its tarball, from its start to ready', value: median(installedReadyMs), unit: 'ms' },
          { what: 'the tarball', value: installed.tarballKiB, unit: 'KiB' },
          { what: 'packages that it installs', value: installed.packages, unit: '' },
          { what: 'resident, nothing asked yet', value: memory.before, unit: 'MiB' },
          {
            what: `resident after ${memory.count} authorizations, half never finished`,
            value: memory.after,
            unit: 'MiB',
          },
          { what: '… once garbage has been collected', value: memory.held, unit: 'MiB' },
        ],
      }
    } finally {
      await vendor.close()
      await rm(directory, { recursive: true })
    }
  },
}

async function startsOf(program: Program): Promise<number[]> {
  const readyMs: number[] = []
  for (let run = 0; run <= 5; run++) {
    const started = await startServer(program)
    await started.stop()
    if (run > 0) readyMs.push(started.readyMs)
  }
  return readyMs
}

/** Installs the packed emulator in an empty project. */
async function install(directory: string) {
  const tarball = await packPackage(directory)
  const project = join(directory, 'project')
  execFileSync('npm', ['install', '--prefix', project, '--offline', '--no-audit', '--no-fund', tarball])
  const modules = join(project, 'node_modules')
  const packages = (await readdir(modules)).filter((name) => !name.startsWith('.'))
  return {
    program: relative(join(import.meta.dirname, '..'), join(modules, 'agentcore-identity-emulator/bin.cjs')),
    tarballKiB: (await stat(tarball)).size / 1_024,
    packages: packages.length,
  }
}

async function callsPerSecond(program: Program, count: number, say: (message: string) => void) {
  const ours = await startServer(program)
  const caller = callerOf(ours.url)
  const request = await requestOf(caller, 'somebody')
  await finish(caller, 'somebody', await requestToken(caller, request))
  if (!(await requestToken(caller, request)).accessToken) throw new Error('There is no token after the authorization')
  const stub = await startServer({ program: 'support/agentcore-stub.ts' })
  const subjects = [
    { name: 'ours', server: ours, caller, rates: [] as number[] },
    { name: 'floor', server: stub, caller: callerOf(stub.url), rates: [] as number[] },
  ]
  for (let run = 0; run <= 5; run++) {
    for (const { name, server, caller: from, rates } of subjects) {
      const rate = await rateOf(server, () => requestToken(from, request), count)
      // The first run warms up.
      if (run === 0) continue
      rates.push(rate)
      say(`run ${run}, ${name}: ${Math.round(rate)} a CPU second`)
    }
  }
  await Promise.all(subjects.map(({ server }) => server.stop()))
  const [mine, bare] = subjects.map(({ rates }) => rates)
  return { ours: mine ?? [], floor: bare ?? [] }
}

async function rateOf(server: ServerProcess, call: () => Promise<unknown>, count: number): Promise<number> {
  const before = await server.usage()
  await inTurn(count, call)
  const after = await server.usage()
  return count / (after.cpuSeconds - before.cpuSeconds)
}

async function memoryOf(program: Program, count: number, say: (message: string) => void) {
  const server = await startServer({ ...program, nodeOptions: COLLECTS_GARBAGE })
  const caller = callerOf(server.url)
  const { residentMiB: before } = await server.usage()
  await inTurn(count, async (n) => {
    const userId = `user-${n}`
    const required = await requestToken(caller, await requestOf(caller, userId))
    if (n % 2 === 0) await finish(caller, userId, required)
  })
  const { residentMiB: after } = await server.usage()
  const held = await heldMiB(server.pid)
  say(`${count} authorizations: ${after.toFixed(0)} MiB, ${held.toFixed(0)} held`)
  await server.stop()
  return { before, after, held, count }
}

/** Calls `act` `count` times, at most AT_A_TIME at once. */
async function inTurn(count: number, act: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await act(next++)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}
