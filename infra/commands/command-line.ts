import { parseArgs } from 'node:util'
import { CONTEXT_NAMES, type DeploymentContext, DeploymentError, withEnvironmentRegion } from '../read-deployment.ts'

export const HELP = `Usage: npm run synth|bootstrap|diff|deploy|first-user|destroy -- [options]

  --stage S         a file of infra/stages/ (sandbox)
  -c name=value     an option of the deployment (docs/deploy.md); may be repeated: ${CONTEXT_NAMES.join(', ')}
  --output DIR      where the templates go (cdk.out)
  --remove ID       deploy may remove this provider, or mcp, which is deployed and no longer in the stage; may be repeated
  --yes             deploy asks nothing, and needs no terminal
  --revert-drift    deploy also restores what was changed or deleted outside CloudFormation
  --qualifier, --toolkit-stack-name, --cloudformation-execution-policies, --custom-permissions-boundary
                    of bootstrap: handed to \`cdk bootstrap\`
  --email, --name   of the user that first-user creates
  --help            this text; nothing is done
`

const BOOTSTRAP_OPTIONS = [
  'qualifier',
  'toolkit-stack-name',
  'cloudformation-execution-policies',
  'custom-permissions-boundary',
] as const

export interface CommandLine {
  context: DeploymentContext
  outdir: string
  revertDrift?: true
  /** Ids of providers, or `mcp`. */
  remove: readonly string[]
  /** Options of `cdk bootstrap`. */
  bootstrap: Readonly<Partial<Record<(typeof BOOTSTRAP_OPTIONS)[number], string>>>
  yes?: true
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
  for (const option of ['remove', 'revert-drift', 'yes'] as const)
    if (command !== 'deploy' && values[option])
      throw new DeploymentError(`--${option} is an option of deploy, not of ${command}.`)
  const ofBootstrap = BOOTSTRAP_OPTIONS.filter((name) => values[name] !== undefined)
  if (command !== 'bootstrap' && ofBootstrap.length > 0)
    throw new DeploymentError(`--${ofBootstrap[0]} is an option of bootstrap, not of ${command}.`)
  return {
    command,
    context: deploymentContext(values),
    outdir: values.output,
    remove: values.remove ?? [],
    bootstrap: Object.fromEntries(ofBootstrap.map((name) => [name, values[name]])),
    ...(values['revert-drift'] ? { revertDrift: true as const } : {}),
    ...(values.yes ? { yes: true as const } : {}),
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
  return withEnvironmentRegion(stage === undefined ? context : { ...context, stage })
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
        remove: { type: 'string', multiple: true },
        'revert-drift': { type: 'boolean' },
        qualifier: { type: 'string' },
        'toolkit-stack-name': { type: 'string' },
        'cloudformation-execution-policies': { type: 'string' },
        'custom-permissions-boundary': { type: 'string' },
        yes: { type: 'boolean' },
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
