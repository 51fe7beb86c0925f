import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import { consentInBrowser } from './consent-in-browser.ts'
import { type InstalledProject, installedProject, projectIn, shellWith } from './installed-project.ts'
import { processesOf } from './processes-of.ts'
import { testWith } from './test-with.ts'

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
const MINUTES = 60_000

let installed: InstalledProject
beforeAll(async () => {
  installed = await installedProject()
}, 5 * MINUTES)
afterAll(() => installed.remove())
afterEach(() => expect(processesOf(installed.directory)).toEqual([]))

/** The last command runs the program. */
function quickStart(language: string) {
  const heading = new RegExp(`^.*(?:\\*\\*|<b>)${language}(?:\\*\\*|</b>):.*$`, 'm').exec(README)
  if (!heading) throw new Error(`The README has no quick start in ${language}`)
  const [line] = heading
  const code = [...line.matchAll(/`([^`]+)`|<code>([^<]+)<\/code>/g)].map(([, text, html]) => text ?? html ?? '')
  const blocks = [...README.slice(heading.index).matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, text = '']) => text)
  const isFile = (text: string) => /^\S+\.\w+$/.test(text)
  const files = Object.fromEntries(code.filter(isFile).map((name, index) => [name, blocks[index] ?? '']))
  const commands = code.filter((text) => !isFile(text))
  return { files, prepare: commands.slice(0, -1), run: commands.at(-1) ?? '' }
}

async function runWithBrowser(command: string, cwd: string, env: NodeJS.ProcessEnv) {
  const child = spawn('sh', ['-c', `${command} 2>&1`], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  let consented = false
  child.stdout.on('data', (chunk) => {
    output += chunk
    const [, url] = /Open (http\S+)\s/.exec(output) ?? []
    if (url === undefined || consented) return
    consented = true
    consentInBrowser(url)
      .catch((error: unknown) => {
        output += String(error)
      })
      .finally(() => child.stdin.end('\n'))
  })
  const [status] = await once(child, 'close')
  return { status, output }
}

const TOKEN = /access-\S+ \{"user":"alice","clientId":"emulator","scopes":\["notes:read"\],/

for (const { language, tool, versionArgument } of [
  { language: 'Python', tool: 'python3' },
  { language: 'TypeScript', tool: 'npm' },
  { language: 'Go', tool: 'go', versionArgument: 'version' },
  { language: 'Java', tool: 'mvn' },
])
  testWith(tool, versionArgument)(
    `the README’s quick start in ${language} gets a token as it is written there, without and with a browser`,
    async () => {
      const directory = join(installed.directory, language)
      // biome-ignore lint/style/noProcessEnv: puts the tools of a virtual environment first in the path.
      const path = [join(directory, '.venv/bin'), process.env.PATH].join(delimiter)
      const project = projectIn(directory, { PATH: path })
      const { files, prepare, run } = quickStart(language)
      project.write({ 'package.json': '{ "private": true }', ...files })
      project.run('npm', 'install', '--offline', '--no-audit', '--no-fund', installed.tarball)
      if (language === 'Python') project.run('python3', '-m', 'venv', '.venv')
      for (const command of prepare) project.run('sh', '-c', command)
      expect(project.run('sh', '-c', run)).toMatch(TOKEN)
      const flag = language === 'Java' ? '-Dexec.args=--browser' : '--browser'
      const withBrowser = await runWithBrowser(`${run} ${flag}`, directory, shellWith({ PATH: path }))
      expect(withBrowser).toEqual({ status: 0, output: expect.stringMatching(TOKEN) })
    },
    20 * MINUTES,
  )
