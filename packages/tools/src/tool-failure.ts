import type { AuthorizationFailedCode, CredentialKind } from '@agent-identity/contracts'
import { VendorError } from '@agent-identity/provider-kit'
import type { Logger } from '@agent-identity/service-runtime'
import type { OfferedTool } from './offered-providers.ts'

/** The message is in words for the model. */
export class ToolFailure extends Error {
  override name = 'ToolFailure'
}

export const UNKNOWN_OUTCOME =
  ' It is not known whether it was done: the user should have a look before it is tried again.'

interface Call {
  signal: AbortSignal
  log: Pick<Logger, 'warn' | 'error'>
}

/** Of an unexpected error only the name is logged: its message could contain a secret. */
export function expectedFailure(error: unknown, tool: string, { log }: Pick<Call, 'log'>): Error {
  if (error instanceof VendorError || error instanceof ToolFailure) return error
  log.error({ tool, error: error instanceof Error ? error.name : typeof error }, 'a tool failed unexpectedly')
  return new ToolFailure('That did not work.')
}

/** A change may have been made before the error. */
export function failureOfAct(
  error: unknown,
  { name, does }: Pick<OfferedTool, 'name' | 'does'>,
  call: Pick<Call, 'log'>,
): Error {
  const failure = expectedFailure(error, name, call)
  return failure === error || does === 'read' ? failure : new ToolFailure(`${failure.message}${UNKNOWN_OUTCOME}`)
}

export function vendorFailure(error: VendorError, { name, provider, does }: OfferedTool, call: Call): ToolFailure {
  const { reason, status, errorName, more, mayHaveChanged } = error
  // A request that we aborted says nothing about the vendor.
  if (!call.signal.aborted)
    call.log.warn(
      { tool: name, provider: provider.id, reason, status, error: errorName },
      'a vendor refused or failed a request',
    )
  const unknown = does !== 'read' && mayHaveChanged
  const words = provider.credential === 'user' ? SENTENCES : { ...SENTENCES, ...WITHOUT_CONSENT }
  const sentence = more ? NOT_IN_THE_PART : words[reason]
  return new ToolFailure(sentence(provider.displayName) + (unknown ? UNKNOWN_OUTCOME : ''))
}

const SENTENCES: Readonly<Record<VendorError['reason'], (name: string) => string>> = {
  'token-rejected': (name) => `${name} does not accept the access that it was asked for.`,
  'scope-missing': (name) => `${name} needs a permission for that which the user has not given.`,
  forbidden: (name) => `${name} does not allow that with the access that the user has given.`,
  'not-found': (name) => `${name} does not know that, or the user may not see it.`,
  conflict: (name) => `${name} did not accept that.`,
  invalid: (name) => `${name} did not accept that.`,
  'rate-limited': (name) => `${name} was asked too often. It may work again later.`,
  unavailable: (name) => `${name} does not answer as it should at the moment.`,
}

/** In place of the words for `not-found`: what was searched for may be there. */
const NOT_IN_THE_PART = (name: string) =>
  `It was not found, but only a part of what ${name} has was searched. It may be there: the user can do this at ${name} directly.`

/** @param account the name of the one that came */
export const DECLINED: Readonly<Record<AuthorizationFailedCode, (name: string, account?: string) => string>> = {
  denied: (name) => `The user did not allow access to ${name}.`,
  cancelled: (name) => `The user did not want to connect ${name} now.`,
  expired: (name) => `${name} was not connected in time.`,
  failed: (name) => `Connecting ${name} did not work.`,
  wrong_account: (name, account) =>
    `Another account${account === undefined ? '' : `, ${account},`} came at ${name} than the one that was expected. Nothing is done with it in this answer: the user decides about it on the page of connected accounts.`,
}

/** @param missing in words; empty when only the vendor knows */
export const LEFT_OUT = (name: string, missing: readonly string[]): string =>
  missing.length === 0
    ? SENTENCES['scope-missing'](name)
    : `The user was asked for it, and did not give this permission at ${name}: ${missing.join('; ')}. Do not ask again now. The user can give it on the page of connected accounts.`

const WITHOUT_CONSENT: Partial<typeof SENTENCES> = {
  'scope-missing': (name) => `${name} needs a permission for that which this agent does not have.`,
  forbidden: (name) => `${name} does not allow that with the access that this agent has.`,
}

/** A consent would not help. */
export const NOT_GIVEN = (name: string) =>
  `This agent is not given access to ${name}. Only those who run it can change that, so do not try again.`

/**
 * Whether access that is obtained again may succeed. Without a consent, it has the same scopes as before. Some APIs answer 403 to a
 * replaced key (Amazon API Gateway).
 */
export const mayHaveNewAccess = (credential: CredentialKind, reason: VendorError['reason']): boolean =>
  reason === 'token-rejected' ||
  (reason === 'scope-missing' && credential === 'user') ||
  (reason === 'forbidden' && credential === 'api-key')
