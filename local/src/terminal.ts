import type { ProviderId } from '@agent-identity/contracts'
import { inList } from '@agent-identity/provider-kit'
import { PROVIDERS } from '@agent-identity/providers'
import type { LocalStack } from './local-stack.ts'
import type { LogLine } from './processes/child-processes.ts'

/** @param questions that the scripted agent understands */
export function welcome(
  { app, mcp, users, agentcoreIdentity, vendors }: LocalStack,
  questions: readonly string[],
): string {
  const nameOf = (id: ProviderId) => PROVIDERS.get(id)?.displayName ?? id
  const withSignIn = Object.keys(vendors).filter((id) => PROVIDERS.get(id)?.credential === 'user')
  const again = withSignIn.length > 0 ? `, and again at ${inList(withSignIn.map(nameOf))},` : ''
  const standIns = Object.entries(vendors).map(([id, url]) => `${`${nameOf(id)} (stand-in)`.padEnd(31)}${url}`)
  const people = users.map(({ username, password }) => `  ${username.padEnd(8)} ${password}`)
  return `
The app is at ${app}

Sign in there${again} as one of
${people.join('\n')}

Ask one of
${questions.map((question) => `  ${question}`).join('\n')}

${mcp ? `MCP clients: point them at      ${mcp}\n` : ''}AgentCore Identity (emulated)  ${agentcoreIdentity}
${standIns.join('\n')}

Ctrl-C stops everything.`
}

/** From Pino's `warn` on, and lines that are not JSON. */
const WORTH_TELLING = /^(?!\{)|"level":("(warn|error|fatal)"|[456]0\b)/

/** @param options.everything prints also Redis's output and levels below `warn` */
export function logPrinter(options: { everything: boolean; tell: (text: string) => void }): (line: LogLine) => void {
  return ({ process, line }) => {
    if (options.everything || (process !== 'redis' && WORTH_TELLING.test(line))) options.tell(`[${process}] ${line}`)
  }
}
