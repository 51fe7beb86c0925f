import type { BindingOutcome } from '@agent-identity/contracts'

export interface BindingWords {
  heading: string
  advice: readonly string[]
}

/**
 * `not_recognized` and `not_signed_in` do not name the provider: only the owner of an authorization may know it. `not_recognized` has one
 * text for all reasons: different ones would tell an attacker which check failed.
 */
export function bindingWords(outcome: BindingOutcome, displayName?: string): BindingWords {
  const service = displayName ?? 'the service'
  switch (outcome) {
    case 'bound':
      return {
        heading: displayName === undefined ? 'Connected' : `${displayName} connected`,
        advice: [
          `The agent can now use ${service} for you. Go back to where you asked. If it does not go on by itself, ask again there.`,
        ],
      }
    case 'already_bound':
      return {
        heading: displayName === undefined ? 'Connected' : `${displayName} connected`,
        advice: ['This was confirmed before. Opening the page again changed nothing.'],
      }
    case 'not_signed_in':
      return {
        heading: 'You are not signed in',
        advice: ['Nothing was connected by opening this page. Sign in, then ask the agent again.'],
      }
    case 'not_recognized':
      return {
        heading: 'This could not be confirmed',
        advice: [
          'Nothing was connected by opening this page. A connection has to be finished by the person who asked for it, in the same browser and the same session. If that was you, go back to where you asked and ask again.',
          'If someone sent you here, there is nothing for you to do.',
        ],
      }
    case 'denied':
      return {
        heading: displayName === undefined ? 'Not connected' : `${displayName} not connected`,
        advice: [
          'The permission was not given, so nothing was connected. If you want to allow it, ask the agent again.',
        ],
      }
    case 'expired':
      return {
        heading: 'This has ended',
        advice: [
          `Nothing was connected by this tab: connecting ${service} was cancelled, took too long, or went on in another tab. Look where you asked. If it is not connected there, ask again.`,
        ],
      }
    case 'try_again':
      return {
        heading: 'Not confirmed yet',
        advice: [
          `Whether ${service} is connected is not known at this moment. Try again in a few seconds. If nothing changes, use the link where you asked once more.`,
        ],
      }
  }
}
