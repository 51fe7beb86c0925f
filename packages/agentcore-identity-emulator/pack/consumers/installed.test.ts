import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { type InstalledProject, installedProject, projectIn } from './installed-project.ts'
import { IMPORT_AND_REQUIRE, JEST_TEST, REQUIRE, TYPED_PROGRAMS } from './programs.ts'

jest.setTimeout(600_000)

const REPOSITORY = join(import.meta.dirname, '../../../..')

let project: InstalledProject
let installed: string
beforeAll(async () => {
  project = await installedProject()
  installed = join(project.directory, 'node_modules/agentcore-identity-emulator')
})
afterAll(() => project.remove())

test('the tarball is one package of less than a megabyte, with every file of its manifest', () => {
  const packages = readdirSync(join(project.directory, 'node_modules')).filter((name) => !name.startsWith('.'))
  expect(packages).toEqual(['agentcore-identity-emulator'])
  expect(statSync(project.tarball).size).toBeLessThan(1_000_000)
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  const named = JSON.stringify(manifest).match(/(?<=")\.\/[^"]+/g) ?? []
  expect(named.length).toBeGreaterThan(5)
  for (const file of [...named, 'bin.cjs', 'README.md', 'LICENSE', 'THIRD-PARTY-NOTICES.txt', 'emulator.cjs.map'])
    expect([file, existsSync(join(installed, file))]).toEqual([file, true])
  // Without `./`: npm would change the path.
  expect(manifest).toMatchObject({ license: 'MIT-0', bin: { 'agentcore-identity-emulator': 'bin.cjs' } })
  expect(manifest.dependencies).toBeUndefined()
})

test('import and require lead to one copy, which starts', () => {
  project.write({ 'both.mjs': IMPORT_AND_REQUIRE, 'required.cjs': REQUIRE })
  expect(project.run(process.execPath, 'both.mjs')).toBe('200\n')
  expect(project.run(process.execPath, 'required.cjs')).toBe('200\n')
})

test('its command runs another command', () => {
  const command = join('node_modules', '.bin', 'agentcore-identity-emulator')
  const program = 'console.log(Object.keys(process.env).filter((name) => name.startsWith("AWS_ENDPOINT_URL_")).length)'
  expect(project.run(command, 'exec', '--', process.execPath, '-e', program)).toBe('2\n')
})

test.each([
  ['node16', 'node16'],
  ['esnext', 'bundler'],
])('its types are right for module %s and resolution %s, strict and without skipLibCheck', (module, resolution) => {
  project.write(TYPED_PROGRAMS)
  const settings = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--skipLibCheck',
    'false',
    '--target',
    'es2022',
  ]
  const kind = ['--module', module, '--moduleResolution', resolution, '--types', '']
  const files = resolution === 'bundler' ? ['typed.mts'] : Object.keys(TYPED_PROGRAMS)
  expect(project.run(join(REPOSITORY, 'node_modules/.bin/tsc'), ...settings, ...kind, ...files)).toBe('')
})

test('works in plain Jest, without a flag and without a transform', () => {
  project.write({ 'plain.test.js': JEST_TEST })
  const jest = join(REPOSITORY, 'node_modules/jest/bin/jest.js')
  const config = JSON.stringify({ transform: {}, watchman: false })
  project.run(process.execPath, jest, '--rootDir', project.directory, '--config', config, '--runInBand')
})

test('the action of this repository starts it and sets its variables for the following steps', async () => {
  const file = (name: string) => join(project.directory, name)
  project.write({
    variables: '',
    outputs: '',
    'emulator.json': '{ "workloadIdentities": [{ "name": "of-the-action" }] }',
  })
  cpSync(project.tarball, file('dist/emulator.tgz'))
  const environment = {
    // A workflow names the tarball relative to its workspace.
    PACKAGE: 'dist/emulator.tgz',
    ARGUMENTS: `--config=${file('emulator.json')}\n\n  --region=eu-west-1\n`,
    RUNNER_TEMP: project.directory,
    GITHUB_ENV: file('variables'),
    GITHUB_OUTPUT: file('outputs'),
    npm_config_offline: 'true',
  }
  const start = join(REPOSITORY, '.github/actions/agentcore-identity-emulator/start.mjs')
  for (const nothing of ['', ' ']) {
    const unnamed = projectIn(project.directory, { ...environment, PACKAGE: nothing })
    expect(() => unnamed.run(process.execPath, start)).toThrow('package is not set')
  }
  for (const name of ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']) {
    const withProfile = projectIn(project.directory, { ...environment, [name]: '' })
    expect(() => withProfile.run(process.execPath, start)).toThrow(`${name} is set for this job`)
  }
  const printed = projectIn(project.directory, environment).run(process.execPath, start)
  const { pid, url } = parseEnv(readFileSync(file('outputs'), 'utf8'))
  try {
    const variables = parseEnv(readFileSync(file('variables'), 'utf8'))
    expect(variables).toMatchObject({
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: url,
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: url,
      AWS_SESSION_TOKEN: '',
    })
    // The CLI and boto3 would look for a profile with an empty name.
    expect(variables).not.toHaveProperty('AWS_PROFILE')
    expect(variables).not.toHaveProperty('AWS_DEFAULT_PROFILE')
    expect(printed).toContain(`::add-mask::${variables.AWS_SECRET_ACCESS_KEY}\n`)
    expect(await (await fetch(`${url}/_emulator/export`)).text()).toContain('of-the-action')
  } finally {
    process.kill(Number(pid))
  }
})
