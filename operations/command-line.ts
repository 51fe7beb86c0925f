import { parseArgs } from 'node:util'
import { deploymentContext } from '@agent-identity/infra/command-line'
import type { DeploymentContext } from '@agent-identity/infra/read-deployment'
import { OperationError } from './operation-error.ts'

export type Asked = { kind: 'local'; port: number } | { kind: 'stage'; context: DeploymentContext }

export interface CommandLine {
  asked: Asked
  json: boolean
  /** The folder of verify's report. */
  report: string
  /** `--long`: verify also makes experiments that take long or cost money. */
  long: boolean
  /** `--after-deployment`: doctor waits for what AWS is still at work on. */
  afterDeployment: boolean
}

const DEFAULT_PORT = '8080'

const USAGE = `  --stage S         a file of infra/stages/ (sandbox)
  -c name=value     the same that the deployment was made with (docs/deploy.md)
  --local           a demo that runs on this machine
  --port P          its port (${DEFAULT_PORT}); implies --local
  --json            the result as JSON, for programs`

const HELP = {
  doctor: `Usage: npm run doctor -- [options]

Says what is wrong with a deployment, and changes nothing. Exit 1 when something is.

${USAGE}
  --after-deployment  first waits, five minutes at most, for what AWS is still at work on
  --help            this text
`,
  verify: `Usage: npm run verify -- [options]

Drives the whole flow and its attacks against a deployment, and writes a report. Removes its temporary resources; what the
flow stores for its two users stays (docs/deploy.md).

${USAGE}
  --report DIR      where verify-report.md and verify-report.json go (.)
  --long            also what has to wait for lifetimes, and what costs (docs/deploy.md): half an hour
  --help            this text
`,
} as const

export type CommandName = keyof typeof HELP

/** @throws OperationError for an unknown, invalid or contradictory option, DeploymentError for a `-c` that is not `name=value` with a known name */
export function parseCommandLine(command: CommandName, args: readonly string[]): CommandLine | { help: string } {
  const values = parse(command, args)
  if (values.help) return { help: HELP[command] }
  const isLocal = values.local ?? values.port !== undefined
  if (values.report !== undefined && command !== 'verify') throw new OperationError('Only verify writes a report.')
  if (values.long !== undefined && command !== 'verify') throw new OperationError('Only verify has --long.')
  if (values['after-deployment'] !== undefined && command !== 'doctor')
    throw new OperationError('Only doctor has --after-deployment.')
  if (isLocal && (values.stage !== undefined || values.context !== undefined))
    throw new OperationError('A demo has no stage: give --local (or --port), or --stage and -c.')
  return {
    asked: isLocal
      ? { kind: 'local', port: portNumber(values.port ?? DEFAULT_PORT) }
      : { kind: 'stage', context: contextOf(values) },
    json: values.json ?? false,
    report: values.report ?? '.',
    long: values.long ?? false,
    afterDeployment: values['after-deployment'] ?? false,
  }
}

function parse(command: CommandName, args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        stage: { type: 'string' },
        context: { type: 'string', short: 'c', multiple: true },
        local: { type: 'boolean' },
        port: { type: 'string' },
        json: { type: 'boolean' },
        report: { type: 'string' },
        long: { type: 'boolean' },
        'after-deployment': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    // Only the first sentence of Node's message: "Unknown option '--prot'. To specify …".
    const [problem] = (error as Error).message.split(/\.(?= |$)/)
    throw new OperationError(`${problem}: see npm run ${command} -- --help.`)
  }
}

function contextOf({ stage, context }: { stage?: string | undefined; context?: string[] | undefined }) {
  return deploymentContext({ ...(stage === undefined ? {} : { stage }), ...(context ? { context } : {}) })
}

function portNumber(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new OperationError(`--port must be a whole number from 1 to 65535, not "${text}".`)
}
