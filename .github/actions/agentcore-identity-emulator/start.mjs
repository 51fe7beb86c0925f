/** The emulator outlives its step: the runner ends it at the end of the job. This file imports only modules that Node 20 contains. */
import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as passing } from 'node:timers/promises'

const READY_WITHIN_MS = 60_000

const { PACKAGE = '', ARGUMENTS = '', RUNNER_TEMP = '', GITHUB_ENV = '', GITHUB_OUTPUT = '' } = process.env
// A step cannot unset a variable of its job. An empty name is, for the CLI and boto3, a profile that does not exist.
for (const name of ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']) {
  if (process.env[name] !== undefined)
    throw new Error(
      `${name} is set for this job: an SDK may use that profile’s credentials and not the emulator’s, so take it out of the job`,
    )
}
// GitHub does not enforce `required`. There is no default: the owner of a name at the registry decides what runs here.
if (PACKAGE.trim() === '') throw new Error('package is not set: name a package of yours, or the path of a tarball')
const directory = mkdtempSync(join(RUNNER_TEMP, 'agentcore-identity-emulator-'))
// A relative path begins at the workspace. npm would take `dist/emulator.tgz` for a repository at GitHub.
const isPath = /^[./]/.test(PACKAGE) || /^[^:]+\.(tgz|tar\.gz)$/.test(PACKAGE)
const spec = isPath ? resolve(PACKAGE) : PACKAGE
execFileSync('npm', ['install', '--prefix', directory, '--no-audit', '--no-fund', '--ignore-scripts', spec], {
  stdio: ['ignore', 'inherit', 'inherit'],
})

// A fork may rename the package; the command keeps its name.
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
for (const secret of [secretAccessKey, sessionToken]) if (secret !== '') console.log(`::add-mask::${secret}`)
write(GITHUB_ENV, {
  AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: url,
  AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: url,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  // A session token of another account would be refused. If AWS_IGNORE_CONFIGURED_ENDPOINT_URLS were `true`, the SDKs would call AWS.
  AWS_SESSION_TOKEN: sessionToken,
  AWS_SECURITY_TOKEN: '',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '',
  AGENTCORE_IDENTITY_EMULATOR_URL: url,
})
write(GITHUB_OUTPUT, { url, pid: String(emulator.pid) })
console.log(`AgentCore Identity is on ${url}`)

async function ready() {
  const deadline = Date.now() + READY_WITHIN_MS
  for (;;) {
    const [line = '', ...rest] = readFileSync(out, 'utf8').split('\n')
    if (rest.length > 0) return JSON.parse(line)
    const ended = emulator.exitCode ?? emulator.signalCode
    if (ended !== null) fail(`The emulator ended with ${ended} before it was ready`)
    if (Date.now() > deadline) {
      emulator.kill()
      fail(`The emulator was not ready within ${READY_WITHIN_MS / 1000} seconds`)
    }
    await passing(50)
  }
}

function fail(message) {
  console.error(readFileSync(log, 'utf8'))
  throw new Error(message)
}

/** A line break in a value would start a second variable. */
function write(file, values) {
  for (const [name, value] of Object.entries(values)) {
    if (/[\r\n]/.test(value)) throw new Error(`${name} has a line break`)
    appendFileSync(file, `${name}=${value}\n`)
  }
}
