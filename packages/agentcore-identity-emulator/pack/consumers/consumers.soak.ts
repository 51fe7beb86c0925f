import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import { type InstalledProject, installedProject } from './installed-project.ts'
import { processesOf } from './processes-of.ts'
import { recipe } from './recipe.ts'
import { testWith } from './test-with.ts'

const MINUTES = 60_000

let installed: InstalledProject
beforeAll(async () => {
  installed = await installedProject()
}, 5 * MINUTES)
afterAll(() => installed.remove())
afterEach(() => expect(processesOf(installed.directory)).toEqual([]))

const EXEC = ['exec', '--', 'agentcore-identity-emulator', 'exec', '--']

testWith('python3')(
  'the recipe pytest, by itself and under exec',
  () => {
    const project = recipe(installed, 'pytest')
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
    const project = recipe(installed, 'go')
    expect(project.run('go', 'test', '-count=1', './...')).toMatch(/^ok/)
    expect(project.run('npm', ...EXEC, 'go', 'test', '-count=1', './...')).toMatch(/^ok/m)
  },
  15 * MINUTES,
)

testWith('mvn')(
  'the recipe junit, by itself and under exec',
  () => {
    const project = recipe(installed, 'junit')
    expect(project.run('mvn', '--batch-mode', 'test')).toMatch(/Tests run: 2, Failures: 0, Errors: 0, Skipped: 0/)
    expect(project.run('npm', ...EXEC, 'mvn', '--batch-mode', 'test')).toContain('BUILD SUCCESS')
  },
  15 * MINUTES,
)
