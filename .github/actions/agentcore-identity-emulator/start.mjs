/**
 * Installs the emulator, starts it, and sets its variables for the following steps. It outlives its step: the runner ends it at the
 * end of the job. Uses only modules of Node 20.
 */
import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as passing } from 'node:timers/promises'

const { PACKAGE = '', ARGUMENTS = '', RUNNER_TEMP = '', GITHUB_ENV = '', GITHUB_OUTPUT = '' } = process.env
const directory = mkdtempSync(join(RUNNER_TEMP, 'agentcore-identity-emulator-'))
// A path is one of the workspace, and npm would look from where it installs to.
const spec = /^[./]/.test(PACKAGE) ? resolve(PACKAGE) : PACKAGE
execFileSync('npm', ['install', '--prefix', directory, '--no-audit', '--no-fund', '--ignore-scripts', spec], {
  stdio: ['ignore', 'inherit', 'inherit'],
})

// The command's name is the same in every fork; the package's is not.
const program = join(directory, 'node_modules/.bin/agentcore-identity-emulator')
const options = ARGUMENTS.split('\n').map((line) => line.trim())
const args = [program, '--port', '0', ...options.filter((line) => line !== ''), '--json']
const [out, log] = ['ready.jsonl', 'log.jsonl'].map((name) => join(directory, name))
const emulator = spawn(process.execPath, args, {
  detached: true,
  stdio: ['ignore', openSync(out, 'w'), openSync(log, 'w')],
})
emulator.unref()

const { url, region, credentials } = await ready()
const [{ accessKeyId, secretAccessKey, sessionToken = '' }] = credentials
write(GITHUB_ENV, {
  AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: url,
  AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: url,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  // Values of another account would be sent or take precedence, and each call would be refused.
  AWS_SESSION_TOKEN: sessionToken,
  AWS_SECURITY_TOKEN: '',
  AWS_PROFILE: '',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '',
  AGENTCORE_IDENTITY_EMULATOR_URL: url,
})
write(GITHUB_OUTPUT, { url, pid: String(emulator.pid) })
console.log(`AgentCore Identity is on ${url}`)

async function ready() {
  for (;;) {
    const [line = '', ...rest] = readFileSync(out, 'utf8').split('\n')
    if (rest.length > 0) return JSON.parse(line)
    if (emulator.exitCode !== null) {
      console.error(readFileSync(log, 'utf8'))
      throw new Error(`The emulator ended with ${emulator.exitCode} before it was ready`)
    }
    await passing(50)
  }
}

/** A line break in a value would start a second variable. */
function write(file, values) {
  for (const [name, value] of Object.entries(values)) {
    if (/[\r\n]/.test(value)) throw new Error(`${name} has a line break`)
    appendFileSync(file, `${name}=${value}\n`)
  }
}
