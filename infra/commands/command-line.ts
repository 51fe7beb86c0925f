import { parseArgs } from 'node:util'
import { environmentRegion } from '../config.ts'
import { CONTEXT_NAMES, type DeploymentContext, DeploymentError } from '../read-deployment.ts'

export const HELP = `Usage: npm run synth|bootstrap|deploy|first-user|destroy -- [options]

  --stage S         a stage of infra/stages.ts (sandbox)
  -c name=value     an option of the deployment (docs/deploy.md); may be repeated: ${CONTEXT_NAMES.join(', ')}
  --output DIR      where the templates go (cdk.out)
  --revert-drift    deploy also restores what was changed or deleted outside CloudFormation
  --email, --name   of the user that first-user creates
  --help            this text; nothing is done
`

export interface CommandLine {
  context: DeploymentContext
  outdir: string
  revertDrift?: true
  email?: string
  name?: string
}

/** @throws DeploymentError */
export function parseCommandLine(args: string[], commands: readonly string[]): CommandLine & { command: string } {
  const { values, positionals } = parse(args)
  const [command, ...more] = positionals
  if (!command || !commands.includes(command) || more.length > 0)
    throw new DeploymentError(
      `Say one of ${commands.join(', ')}, then --stage and -c name=value; got "${args.join(' ')}".`,
    )
  if (command !== 'first-user' && (values.email !== undefined || values.name !== undefined))
    throw new DeploymentError(`--email and --name are options of first-user, not of ${command}.`)
  if (command !== 'deploy' && values['revert-drift'])
    throw new DeploymentError(`--revert-drift is an option of deploy, not of ${command}.`)
  return {
    command,
    context: deploymentContext(values),
    outdir: values.output,
    ...(values['revert-drift'] ? { revertDrift: true as const } : {}),
    ...(values.email ? { email: values.email } : {}),
    ...(values.name ? { name: values.name } : {}),
  }
}

/**
 * The context that `--stage S`, `-c name=value` and the environment's Region result in.
 *
 * @throws DeploymentError for an invalid `-c`
 */
export function deploymentContext(said: { stage?: string; context?: string[] }): DeploymentContext {
  const context = Object.fromEntries((said.context ?? []).map(contextEntry))
  const stage = said.stage ?? context.stage
  const region = context.region ?? environmentRegion()
  return { ...context, ...(stage === undefined ? {} : { stage }), ...(region === undefined ? {} : { region }) }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        stage: { type: 'string' },
        context: { type: 'string', short: 'c', multiple: true },
        output: { type: 'string', default: 'cdk.out' },
        'revert-drift': { type: 'boolean' },
        email: { type: 'string' },
        name: { type: 'string' },
      },
    })
  } catch (error) {
    // "Unknown option '--stag'. To specify …": only the first sentence is useful.
    throw new DeploymentError(`${(error as Error).message.split('. ')[0]}: see npm run deploy -- --help.`)
  }
}

function contextEntry(text: string): [string, string] {
  const [name = '', ...value] = text.split('=')
  const known: readonly string[] = CONTEXT_NAMES
  if (value.length === 0 || !known.includes(name))
    throw new DeploymentError(`-c takes name=value with a name of ${known.join(', ')}; got "${text}".`)
  return [name, value.join('=')]
}
