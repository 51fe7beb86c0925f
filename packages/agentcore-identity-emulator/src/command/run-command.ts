import { readFile } from 'node:fs/promises'
import pino from 'pino'
import { type Command, HELP, parseCommandLine, withArguments, withVendorByDefault } from '../command-line.ts'
import { ConfigurationError } from '../configuration-error.ts'
import type { Emulator } from '../emulator.ts'
import { startEmulator } from '../start-emulator.ts'
import { clientEnvironment, exportLines } from './client-environment.ts'
import { writeConfiguration } from './init.ts'
import { runWith } from './run-with.ts'

export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    if (args[0] === 'init') await writeConfiguration(args.slice(1))
    else if (args[0] === 'exec') await execute(args.slice(1))
    else await serve(args)
  } catch (error) {
    fail(error)
  }
}

async function serve(args: readonly string[]) {
  const command = parseCommandLine(args)
  if (command.help) return void process.stdout.write(HELP)
  const emulator = await start(command)
  endOnSignal(emulator)
  process.stdout.write(command.json ? `${JSON.stringify(readyEvent(emulator))}\n` : introduce(emulator))
}

async function execute(args: readonly string[]) {
  const at = args.indexOf('--')
  const [program, ...programArgs] = at < 0 ? [] : args.slice(at + 1)
  if (program === undefined) throw new ConfigurationError(['exec: say what to run, as in: exec -- pytest'])
  const command = parseCommandLine(args.slice(0, at))
  const emulator = await start(command, { port: 0 })
  try {
    process.exitCode = await runWith(program, programArgs, clientEnvironment(emulator))
  } finally {
    await emulator.close()
  }
}

async function start({ configFile, options }: Command, defaults?: { port: number }) {
  const fromFile = configFile === undefined ? {} : await readConfiguration(configFile)
  const log = pino({ base: null }, pino.destination({ fd: 2, sync: false, minLength: 16_000, periodicFlush: 100 }))
  return startEmulator(withVendorByDefault(withArguments(fromFile, options, defaults)), log)
}

function endOnSignal(emulator: Emulator) {
  let ending = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ending) process.exit(1)
      ending = true
      // Writing the state file may fail.
      emulator.close().catch(fail)
    })
  }
}

async function readConfiguration(file: string): Promise<unknown> {
  try {
    return JSON.parse(withoutComments(await readFile(file, 'utf8')))
  } catch (error) {
    // A JSON error quotes the text around the mistake, which may be a secret.
    const reason = error instanceof SyntaxError ? 'is not valid JSON' : 'cannot be read'
    throw new ConfigurationError([`--config: ${file} ${reason}`])
  }
}

/** A JSON string has no line break, so no value looks like a whole-line comment. */
const withoutComments = (text: string) => text.replaceAll(/^[ \t]*\/\/.*$/gm, '')

function readyEvent({ url, region, credentials }: Emulator) {
  return {
    event: 'ready',
    url,
    region,
    credentials: credentials.map(({ accessKeyId, secretAccessKey, sessionToken, principalArn }) => ({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      principal: principalArn,
    })),
  }
}

const introduce = (
  emulator: Emulator,
) => `AgentCore Identity is on ${emulator.url}; open it in a browser to see what happens in it.
${describeBuiltIns(emulator)}
${exportLines(clientEnvironment(emulator))}
`

function describeBuiltIns({ builtIn }: Emulator) {
  if (builtIn === undefined) return ''
  const { workloadName, providerName, returnUrl, users } = builtIn
  return `
There is a workload identity, ${workloadName}, with the return URL
  ${returnUrl}
and a credential provider, ${providerName}, at a built-in authorization server for ${users.join(' and ')}.
`
}

function fail(error: unknown) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
}

function explain(error: unknown) {
  if (error instanceof ConfigurationError) return error.message
  const { code, address, port } = Object(error) as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use: stop what uses it, or choose another with --port`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
