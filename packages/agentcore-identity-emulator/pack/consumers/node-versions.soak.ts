import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { callEveryOperation, EVERY_OPERATION } from './every-operation.ts'
import { type InstalledProject, installedProject, projectIn } from './installed-project.ts'
import { startJwtIssuer } from './jwt-issuer.ts'
import { processesOf } from './processes-of.ts'
import { IMPORT_AND_REQUIRE, REQUIRE } from './programs.ts'
import { recipe } from './recipe.ts'
import { startCommand } from './running-command.ts'

/** The lowest version that `engines` allows: it has `crypto.hash`. */
const LOWEST = '20.12.0'
const LINES = ['20.20.2', '22.23.3', '24.21.0']
const MINUTES = 60_000

let installed: InstalledProject
let issuer: Awaited<ReturnType<typeof startJwtIssuer>>
beforeAll(async () => {
  installed = await installedProject()
  issuer = await startJwtIssuer()
}, 5 * MINUTES)
afterAll(() => {
  issuer.close()
  installed.remove()
})
afterEach(() => expect(processesOf(installed.directory)).toEqual([]))

function installNode(version: string) {
  const name = `node-${process.platform}-${process.arch}`
  const directory = join(installed.directory, '../nodes', version)
  const project = projectIn(directory)
  project.write({ 'package.json': '{ "private": true }' })
  project.run('npm', 'install', '--no-audit', '--no-fund', `${name}@${version}`)
  // biome-ignore lint/style/noProcessEnv: puts this Node first in the path.
  return { PATH: [join(directory, 'node_modules', name, 'bin'), process.env.PATH].join(delimiter) }
}

test('the package names this lowest version', () => {
  const manifest = join(installed.directory, 'node_modules/agentcore-identity-emulator/package.json')
  expect(JSON.parse(readFileSync(manifest, 'utf8')).engines).toEqual({ node: `^${LOWEST} || >=22.0.0` })
})

describe.each([LOWEST, ...LINES])('on Node %s', (version) => {
  let environment: { PATH: string }
  beforeAll(() => {
    environment = installNode(version)
  }, 5 * MINUTES)

  test('import, require and the command', () => {
    const project = projectIn(installed.directory, environment)
    project.write({ 'both.mjs': IMPORT_AND_REQUIRE, 'required.cjs': REQUIRE })
    expect(project.run('node', '--version')).toBe(`v${version}\n`)
    expect(project.run('node', 'both.mjs')).toBe('200\n')
    expect(project.run('node', 'required.cjs')).toBe('200\n')
    const command = ['node_modules/.bin/agentcore-identity-emulator', 'exec', '--', 'node', '-p', 'process.version']
    expect(project.run('node', ...command)).toBe(`v${version}\n`)
  })

  test('every operation of both planes and both legs of the browser succeed, and times arrive', async () => {
    const emulator = await startCommand(installed.directory, environment)
    try {
      const { url, region, credentials } = emulator.ready
      const connection = { endpoint: url, region, credentials: credentials[0] }
      for (const answer of await callEveryOperation(connection, issuer.token('alice'))) {
        const times = Object.values(answer).filter((value) => value instanceof Date)
        expect(times.length).toBeGreaterThan(0)
        for (const time of times) expect(Math.abs(Date.now() - time.getTime())).toBeLessThan(10 * MINUTES)
      }
      const calls = (await (await fetch(`${url}/_emulator/calls`)).json()) as { operation: string; status: number }[]
      expect(calls.filter(({ status }) => status >= 400)).toEqual([])
      expect(calls.map(({ operation }) => operation)).toEqual(expect.arrayContaining(EVERY_OPERATION))
    } finally {
      expect(await emulator.stop()).toBe(0)
    }
  })

  // Vitest needs Vite, and Vite does not support the lowest version. The recipe for Jest is not tried on it either.
  for (const name of version === LOWEST ? [] : ['jest', 'vitest'])
    test(
      `the recipe ${name}`,
      () => {
        recipe(installed, name, environment).run('npm', 'test')
      },
      5 * MINUTES,
    )
})
