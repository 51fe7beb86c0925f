import type { LocalStack } from './local-stack.ts'
import type { LogLine } from './processes/child-processes.ts'

export function welcome({ app, users, agentcoreIdentity, vendors }: LocalStack): string {
  const people = users.map(({ username, password }) => `  ${username.padEnd(8)} ${password}`)
  return `
The app is at ${app}

Sign in there, and again at GitHub and Google Calendar, as one of
${people.join('\n')}

Ask "What is on my calendar today?", "List my repositories" or "What is in my profile?".

AgentCore Identity (emulated)  ${agentcoreIdentity}
GitHub (stand-in)              ${vendors.github}
Google Calendar (stand-in)     ${vendors['google-calendar']}

Ctrl-C stops everything.`
}

/** Pino's name of a level or its number, from warn on; and whatever is not a log record, such as a stack trace. */
const WORTH_TELLING = /^(?!\{)|"level":("(warn|error|fatal)"|[456]0\b)/

/** @param options.everything without it, what Redis says and records below `warn` stay untold. */
export function logPrinter(options: { everything: boolean; tell: (text: string) => void }): (line: LogLine) => void {
  return ({ process, line }) => {
    if (options.everything || (process !== 'redis' && WORTH_TELLING.test(line))) options.tell(`[${process}] ${line}`)
  }
}
