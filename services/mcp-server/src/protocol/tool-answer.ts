import { type Authorization, MCP_RETRY_SECONDS, ROUTES, startAuthorizationPath } from '@agent-identity/contracts'
import type { CallToolResult } from '@modelcontextprotocol/server'
import type { CallOutcome } from '../tools/call-tool.ts'

type Ended = Exclude<CallOutcome, { outcome: 'consent-needed' }>

/** A failure is a result with `isError`, not a protocol error: the model has to see it. */
export function resultOf(outcome: Ended, publicUrl: string): CallToolResult {
  switch (outcome.outcome) {
    case 'done': {
      const text = (value: string) => ({ type: 'text' as const, text: value })
      const repeated = outcome.repeated ? [text(ALREADY_DONE)] : []
      return {
        content: [...repeated, text(JSON.stringify(outcome.result))],
        structuredContent: outcome.result,
        // For programs, which do not read the text.
        ...(outcome.repeated ? { _meta: { repeated: true } } : {}),
      }
    }
    case 'failed':
      return failure(outcome.words)
    case 'consent-elsewhere':
      // No start link: it would go to the model.
      return failure(
        `${outcome.why ? `${outcome.why} ` : ''}The user has to connect ${outcome.authorization.displayName} for this within ${outcome.minutesLeft} min, at ${publicUrl}${ROUTES.connectionsPage}, signed in there as the user of this client${needs(outcome.permissions)}. Send the same call again after that.`,
      )
    case 'ask-first':
      return failure(
        `The user is asked before ${WHAT_ASKS[outcome.why]} at ${outcome.displayName}, and this client cannot show that question. It can be done in the chat at ${publicUrl}${INSTEAD[outcome.why](`${publicUrl}${ROUTES.connectionsPage}`)}.`,
      )
  }
}

type Asking = Extract<CallOutcome, { outcome: 'ask-first' }>['why']

const WHAT_ASKS: Readonly<Record<Asking, string>> = {
  chosen: 'anything is changed',
  always: 'this is done',
  'unknown-account': 'this is done outside of their own account',
}

const INSTEAD: Readonly<Record<Asking, (page: string) => string>> = {
  chosen: (page) => `, or the user can switch the question off at ${page}`,
  always: () => '',
  'unknown-account': (page) =>
    `. In their own account it can be done here once they have connected that account, at ${page}`,
}

const ALREADY_DONE = `Nothing was done now, it was done before: this client has sent the same call already. Its result follows. ${MCP_RETRY_SECONDS} seconds after it was done, the same call is a new one.`

export const failure = (text: string): CallToolResult => ({ content: [{ type: 'text', text }], isError: true })

/** Not AgentCore's authorization URL. The link gives no access by itself. */
export const linkTo = ({ id }: Authorization, publicUrl: string) => `${publicUrl}${startAuthorizationPath(id)}`

export function wordsFor({ authorization, permissions }: Extract<CallOutcome, { outcome: 'consent-needed' }>): string {
  const asked = permissions.length > 0 ? ` It asks you for: ${inList(permissions)}.` : ''
  return `To go on, connect ${authorization.displayName} in your browser.${asked}`
}

/** `accept`: the user agreed to open the link, which is no consent. A missing answer counts as `accept`. */
export function answerIn(responses: Readonly<Record<string, unknown>> | undefined): 'accept' | 'decline' | 'cancel' {
  const { action } = (responses?.consent ?? {}) as { action?: unknown }
  return action === 'decline' || action === 'cancel' ? action : 'accept'
}

/** `list_calendar_events`: "List calendar events". */
export const titleOf = (name: string): string => {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** A provider may have no scopes. */
const needs = (permissions: readonly string[]) => (permissions.length > 0 ? ` (it needs: ${inList(permissions)})` : '')

const inList = (permissions: readonly string[]) => permissions.map((one) => `“${one}”`).join(', ')
