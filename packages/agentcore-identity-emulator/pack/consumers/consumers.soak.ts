import { cpSync, existsSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type InstalledProject, installedProject, projectIn } from './installed-project.ts'
import { processesOf } from './processes-of.ts'
import { IMPORT_AND_REQUIRE, REQUIRE } from './programs.ts'
import { testWith } from './test-with.ts'

const RECIPES = join(import.meta.dirname, '../../recipes')
const NODES = ['20.20.2', '22.23.3', '24.21.0']
const MINUTES = 60_000

let installed: InstalledProject
beforeAll(async () => {
  installed = await installedProject()
}, 5 * MINUTES)
afterAll(() => installed.remove())
afterEach(() => expect(processesOf(installed.directory)).toEqual([]))

/** A copy of a recipe in its own directory. The package comes from the tarball, because no registry has it yet. */
function recipe(name: string, environment: Readonly<Record<string, string>> = {}) {
  const directory = join(installed.directory, 'recipes', name)
  rmSync(directory, { recursive: true, force: true })
  cpSync(join(RECIPES, name), directory, { recursive: true })
  const project = projectIn(directory, environment)
  if (!existsSync(join(directory, 'package.json'))) project.write({ 'package.json': '{ "private": true }' })
  project.run('npm', 'pkg', 'set', `devDependencies.agentcore-identity-emulator=file:${installed.tarball}`)
  project.run('npm', 'install', '--no-audit', '--no-fund')
  return project
}

describe.each(NODES)('on Node %s', (version) => {
  let path: string
  beforeAll(() => {
    const name = `node-${process.platform}-${process.arch}`
    const directory = join(installed.directory, '../nodes', version)
    const project = projectIn(directory)
    project.write({ 'package.json': '{ "private": true }' })
    project.run('npm', 'install', '--no-audit', '--no-fund', `${name}@${version}`)
    // biome-ignore lint/style/noProcessEnv: puts this Node first in the path.
    path = [join(directory, 'node_modules', name, 'bin'), process.env.PATH].join(delimiter)
  }, 5 * MINUTES)

  test('import, require and the command', () => {
    const project = projectIn(installed.directory, { PATH: path })
    project.write({ 'both.mjs': IMPORT_AND_REQUIRE, 'required.cjs': REQUIRE })
    expect(project.run('node', '--version')).toBe(`v${version}\n`)
    expect(project.run('node', 'both.mjs')).toBe('200\n')
    expect(project.run('node', 'required.cjs')).toBe('200\n')
    const command = ['node_modules/.bin/agentcore-identity-emulator', 'exec', '--', 'node', '-p', 'process.version']
    expect(project.run('node', ...command)).toBe(`v${version}\n`)
  })

  test.each(['jest', 'vitest'])(
    'the recipe %s',
    (name) => {
      recipe(name, { PATH: path }).run('npm', 'test')
    },
    5 * MINUTES,
  )
})

const EXEC = ['exec', '--', 'agentcore-identity-emulator', 'exec', '--']

testWith('python3')(
  'the recipe pytest, by itself and under exec',
  () => {
    const project = recipe('pytest')
    project.run('python3', '-m', 'venv', '.venv')
    project.run('.venv/bin/pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt')
    expect(project.run('.venv/bin/pytest', '-q')).toMatch(/\d passed/)
    expect(project.run('npm', ...EXEC, '.venv/bin/pytest', '-q')).toMatch(/\d passed/)
  },
  10 * MINUTES,
)

testWith('go', 'version')(
  'the recipe go, by itself and under exec',
  () => {
    const project = recipe('go')
    expect(project.run('go', 'test', '-count=1', './...')).toMatch(/^ok/)
    expect(project.run('npm', ...EXEC, 'go', 'test', '-count=1', './...')).toMatch(/^ok/m)
  },
  15 * MINUTES,
)

testWith('mvn')(
  'the recipe junit, by itself and under exec',
  () => {
    const project = recipe('junit')
    expect(project.run('mvn', '--batch-mode', 'test')).toMatch(/Tests run: 2, Failures: 0, Errors: 0, Skipped: 0/)
    expect(project.run('npm', ...EXEC, 'mvn', '--batch-mode', 'test')).toContain('BUILD SUCCESS')
  },
  15 * MINUTES,
)
