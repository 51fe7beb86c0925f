import { parseArgs } from 'node:util'
import { ConfigurationError } from './configuration-error.ts'
import type { EmulatorOptions } from './emulator-options.ts'

export const HELP = `Usage: agentcore-identity-emulator [options]
       agentcore-identity-emulator exec [options] -- COMMAND [ARGUMENTS]
       agentcore-identity-emulator init [FILE]

Amazon Bedrock AgentCore Identity on this machine: both planes on one address, for any AWS SDK.

  --port PORT             port to listen on (8082)
  --host ADDRESS          address to listen on (127.0.0.1)
  --region REGION         Region of the ARNs and of the signatures accepted (us-east-1)
  --public-url URL        where browsers and vendors reach this server (http://HOST:PORT)
  --operation-host NAME   host name under which AWS's operations answer; repeatable
  --control-host NAME     host name under which /_emulator answers, too, also to other machines; repeatable
  --config FILE           JSON: identities, providers, credentials, policies, lifetimes, assumptions (README)
  --credential ID:SECRET  an access key that may sign; repeatable. Without any, one is generated and printed
  --with-vendor           the built-in authorization server. The default when no provider is configured. It comes with a
                          credential provider, vendor, unless a configured one has this name or is at this server
  --state FILE            keep the state in this file (it holds secrets), and begin with it at the next start
  --json                  print one JSON line when ready, and nothing else, on standard output
  --help                  this text

exec starts the emulator, by default on any free port, runs a command with the variables that the AWS SDKs read,
and exits with the command's status.
init writes a configuration with comments.

Logs go to standard error. Ctrl-C stops, after the calls under way are answered; without --state nothing is kept.
`

export type Command = { help: boolean; json: boolean; configFile: string | undefined; options: EmulatorOptions }

export function parseCommandLine(args: readonly string[]): Command {
  const { values } = parse(args)
  const problems: string[] = []
  const credentials = (values.credential ?? []).map((pair) => {
    const at = pair.indexOf(':')
    if (at < 1 || at === pair.length - 1) problems.push('--credential: must be ID:SECRET')
    return { accessKeyId: pair.slice(0, at), secretAccessKey: pair.slice(at + 1) }
  })
  if (values.port !== undefined && !/^\d{1,5}$/.test(values.port)) problems.push('--port: must be a number')
  if (problems.length > 0) throw new ConfigurationError(problems)
  return {
    help: values.help ?? false,
    json: values.json ?? false,
    configFile: values.config,
    options: {
      ...(values.port === undefined ? {} : { port: Number(values.port) }),
      ...(values.host === undefined ? {} : { host: values.host }),
      ...(values.region === undefined ? {} : { region: values.region }),
      ...(values['public-url'] === undefined ? {} : { publicUrl: values['public-url'] }),
      ...(values['with-vendor'] ? { vendor: true } : {}),
      ...(values.state === undefined ? {} : { stateFile: values.state }),
      ...(values['operation-host'] === undefined ? {} : { operationHosts: values['operation-host'] }),
      ...(values['control-host'] === undefined ? {} : { controlHosts: values['control-host'] }),
      ...(credentials.length === 0 ? {} : { credentials }),
    },
  }
}

export function withArguments(
  fromFile: unknown,
  { credentials = [], ...options }: EmulatorOptions,
  defaults: Pick<EmulatorOptions, 'port'> = { port: 8082 },
): EmulatorOptions {
  if (typeof fromFile !== 'object' || fromFile === null || Array.isArray(fromFile)) {
    throw new ConfigurationError(['--config: must be a JSON object'])
  }
  const merged: EmulatorOptions = { ...defaults, ...fromFile, ...options }
  // `--with-vendor` keeps the settings of the file.
  const { vendor } = fromFile as EmulatorOptions
  if (options.vendor === true && typeof vendor === 'object') merged.vendor = vendor
  if (credentials.length === 0) return merged
  return {
    ...merged,
    credentials: Array.isArray(merged.credentials) ? [...merged.credentials, ...credentials] : credentials,
  }
}

export function withVendorByDefault(options: EmulatorOptions): EmulatorOptions {
  const { vendor, oauth2CredentialProviders: oauth2 = [], apiKeyCredentialProviders: apiKeys = [] } = options
  return vendor === undefined && [oauth2, apiKeys].flat().length === 0 ? { ...options, vendor: true } : options
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        region: { type: 'string' },
        'public-url': { type: 'string' },
        'operation-host': { type: 'string', multiple: true },
        'control-host': { type: 'string', multiple: true },
        config: { type: 'string' },
        'with-vendor': { type: 'boolean' },
        state: { type: 'string' },
        credential: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // Node quotes the argument, which is a secret when `--credential` was forgotten before it.
    const unexpected = 'Unexpected argument. Every argument belongs to an option: --help lists them'
    throw new ConfigurationError([code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL' ? unexpected : message])
  }
}
