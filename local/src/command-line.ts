import { parseArgs } from 'node:util'
import type { ProviderId } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { WITH_STAND_IN } from '@agent-identity/providers/stand-ins'
import { LocalStackError } from './local-stack-error.ts'
import { PORT_COUNT } from './ports.ts'
import { SIGN_IN_HABITS, type SignInHabit } from './sign-in/habits.ts'

export interface CommandLine {
  json: boolean
  /** The first of {@link PORT_COUNT} ports; 0: any free ones. */
  port: number
  replicas: number
  logs: boolean
  mcp: boolean
  signInHabit: SignInHabit
  /** Undefined: every provider. */
  providers: readonly ProviderId[] | undefined
  assumptions: Readonly<Record<string, string | boolean>>
}

export const HELP = `Usage: npm run demo -- [options]

Starts everything on this machine, prints the address and the users, runs until Ctrl-C.

  --port P       the app's port (8080); 0: any free ones. P+1 to P+${PORT_COUNT - 1} are sign-in, AgentCore Identity,
                 ${WITH_STAND_IN.map((id) => PROVIDERS.get(id)?.displayName).join(', ')}
  --replicas N   how many of each service run behind the load balancer (1)
  --logs         every log line on stderr; without it, warnings and errors
  --no-mcp       no MCP server; there is none with IDENTITY_ARTIFACT_MODE=user-id either
  --assume N=V   what AgentCore Identity does where AWS does not say, by the emulator's names:
                 authorizationCookie=shared, deniedConsent=dead-end, …; may be repeated
  --sign-in NAME whose habits the sign-in issuer plays: cognito (default), okta, entra, auth0, keycloak
  --providers A,B  the providers that are offered, by the names of their folders: ${[...PROVIDERS.keys()].join(', ')} (all)
  --json         one line of JSON on stdout once everything answers (npm run -s demo -- --json)
  --help         this text

Every variable of the services' contract (packages/contracts/src/environment.ts and mcp-environment.ts) that the stack does
not decide itself may be set: PENDING_AUTHORIZATION_TTL_SECONDS, LOG_LEVEL, MODEL_PROVIDER=openai, … With REDIS_URL, that Redis is used.
`

export function parseCommandLine(args: readonly string[]): CommandLine | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  return {
    json: values.json ?? false,
    logs: values.logs ?? false,
    mcp: !(values['no-mcp'] ?? false),
    port: wholeNumber('--port', values.port ?? '8080', 0, 65_536 - PORT_COUNT),
    signInHabit: signInHabit(values['sign-in'] ?? 'cognito'),
    assumptions: Object.fromEntries((values.assume ?? []).map(assumption)),
    providers: values.providers === undefined ? undefined : providerIds(values.providers),
    replicas: wholeNumber('--replicas', values.replicas ?? '1', 1, 16),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        replicas: { type: 'string' },
        assume: { type: 'string', multiple: true },
        'sign-in': { type: 'string' },
        providers: { type: 'string' },
        logs: { type: 'boolean' },
        'no-mcp': { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    // Only the first sentence, for example of "Unknown option '--prot'. To specify …".
    const [problem] = (error as Error).message.split(/\.(?= |$)/)
    throw new LocalStackError(`${problem}: see npm run demo -- --help.`)
  }
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new LocalStackError(`${option} must be a whole number from ${min} to ${max}, not "${text}".`)
}

function signInHabit(text: string): SignInHabit {
  const habit = SIGN_IN_HABITS.find((known) => known === text)
  if (habit) return habit
  throw new LocalStackError(`--sign-in must be one of ${SIGN_IN_HABITS.join(', ')}, not "${text}".`)
}

function providerIds(text: string): ProviderId[] {
  const ids = text.split(',').map((id) => id.trim())
  const unknown = ids.find((id) => !PROVIDERS.has(id))
  if (unknown === undefined) return ids
  throw new LocalStackError(`--providers takes some of ${[...PROVIDERS.keys()].join(', ')}, not "${unknown}".`)
}

function assumption(text: string): [string, string | boolean] {
  const [, name, value] = /^(\w+)=([\w-]+)$/.exec(text) ?? []
  if (!name || !value) throw new LocalStackError(`--assume takes NAME=VALUE, not "${text}".`)
  return [name, value === 'true' || (value !== 'false' && value)]
}
