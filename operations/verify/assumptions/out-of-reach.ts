import type { Experiment } from './assumption.ts'

/** What nobody can settle from outside, or not without changing the account: listed, so that no report looks complete that is not. */
const OPEN = {
  'condition-refuses': [
    'The conditions `aws:CalledVia`, `owningService` and `userid` also refuse what they should',
    'refused',
    'IAM evaluates them in real calls only: a temporary role would have to be made, and roles are not made here',
  ],
  'on-behalf-of-kept': [
    'A token of ON_BEHALF_OF_TOKEN_EXCHANGE is not kept',
    'two tokens',
    'Cognito has no token exchange: it takes an authorization server that has',
  ],
  'jwt-about-to-expire': [
    'A JWT with less than a minute left is not minted for; one that has expired does not complete',
    'refused',
    'Cognito makes no token that lives for less than five minutes',
  ],
  'identity-linked-to-a-service': [
    'The identity of a Gateway or Runtime does not mint for its caller',
    'ValidationException',
    'it takes a Gateway or a Runtime',
  ],
  'secret-name-of-older-providers': [
    'Updating a provider that has a secret under the old name keeps that name',
    'kept',
    'it takes a provider of before',
  ],
  'consent-portal-disconnect': [
    'How the consent portal removes a token',
    'by a call that is not public',
    'no such call is known',
  ],
} as const satisfies Record<string, readonly [words: string, expected: string, why: string]>

export const outOfReach: Experiment = {
  name: 'what cannot be tried',
  assumptions: Object.entries(OPEN).map(([id, [words, expected]]) => ({ id, words, expected })),
  settle: async () => Object.fromEntries(Object.entries(OPEN).map(([id, [, , notTried]]) => [id, { notTried }])),
}
