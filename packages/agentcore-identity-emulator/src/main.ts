#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import pino from 'pino'
import { HELP, parseCommandLine, withArguments } from './command-line.ts'
import { ConfigurationError } from './options.ts'
import { type Emulator, startEmulator } from './start-emulator.ts'

try {
  await main()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
}

async function main() {
  const { help, json, configFile, options } = parseCommandLine(process.argv.slice(2))
  if (help) return void process.stdout.write(HELP)
  const fromFile = configFile === undefined ? {} : await readConfiguration(configFile)
  const emulator = await startEmulator(
    withArguments(fromFile, options),
    pino({ base: null }, pino.destination({ fd: 2, sync: false })),
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void emulator.close())
  process.stdout.write(json ? `${JSON.stringify(readyEvent(emulator))}\n` : introduce(emulator))
}

async function readConfiguration(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    // A JSON error quotes the text around the mistake, which may be a secret.
    const reason = error instanceof SyntaxError ? 'is not valid JSON' : 'cannot be read'
    throw new ConfigurationError([`--config: ${file} ${reason}`])
  }
}

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

function introduce({ url, region, credentials: [first] }: Emulator) {
  return `AgentCore Identity is on ${url}

export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE=${url}
export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL=${url}
export AWS_REGION=${region}
export AWS_DEFAULT_REGION=${region}
export AWS_ACCESS_KEY_ID=${first?.accessKeyId}
export AWS_SECRET_ACCESS_KEY=${first?.secretAccessKey}
${first?.sessionToken === undefined ? '' : `export AWS_SESSION_TOKEN=${first.sessionToken}\n`}`
}

function explain(error: unknown) {
  if (error instanceof ConfigurationError) return error.message
  const { code, address, port } = Object(error) as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use: stop what uses it, or choose another with --port`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
