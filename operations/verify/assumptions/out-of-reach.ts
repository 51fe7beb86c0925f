import type { Experiment } from './assumption.ts'

/** No run tries these assumptions. Without their rows, a report would look complete. */
const OPEN = {
  'condition-refuses': [
    'The conditions `aws:CalledVia`, `owningService` and `userid` also refuse what they should',
    'refused',
    'IAM evaluates them in real calls only: a temporary role would have to be made, and roles are not made here',
  ],
  'on-behalf-of-kept': [
    'A token of ON_BEHALF_OF_TOKEN_EXCHANGE is kept for its user until it expires',
    'the same token twice',
    'it takes an authorization server with token exchange; Cognito has it since November 2026, and it is not set up here',
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
    'it takes a provider that was made when AgentCore still gave such names',
  ],
  'consent-portal-disconnect': [
    'How the consent portal removes a token',
    'by a call that is not public',
    'no such call is known',
  ],
  'vendor-too-late': [
    'An authorization server that answers too late, or whose connection breaks, counts as one that cannot be accessed',
    'ValidationException',
    'it takes an authorization server on the internet that does so',
  ],
  'discovery-document-of-no-use': [
    'A discovery document that is no use counts as one that cannot be fetched',
    'ValidationException',
    'it takes an authorization server on the internet that has one',
  ],
  'refresh-refused': [
    'A refresh that the authorization server refuses drops the refresh token; one that it cannot be asked for keeps it',
    'a new authorization either way',
    'Cognito refuses no refresh token that has just been given out',
  ],
  'machine-custom-parameters': [
    'Custom parameters of a request for a token of the machine are sent to the token endpoint',
    'sent, overriding nothing',
    'Cognito does not say what it was sent',
  ],
  'built-in-vendor-client-authentication': [
    'Clients of built-in vendors authenticate as each vendor documents',
    'as documented',
    "it takes a client at each vendor, and the vendor's view of it",
  ],
  'secret-becomes-external': [
    'A provider that becomes `EXTERNAL` needs no permission for its old secret; one that becomes `MANAGED` needs `CreateSecret`',
    'both',
    'it takes roles with fewer rights, and roles are not made here',
  ],
  'deployer-rights': [
    'Creating and updating a provider asks for no `UpdateSecret`, `TagResource` or `DescribeSecret`, and for no `CreateTokenVault`',
    'not asked for',
    'it takes roles with fewer rights, and roles are not made here',
  ],
} as const satisfies Record<string, readonly [words: string, expected: string, why: string]>

export const outOfReach: Experiment = {
  name: 'what cannot be tried',
  assumptions: Object.entries(OPEN).map(([id, [words, expected]]) => ({ id, words, expected })),
  observe: async () => Object.fromEntries(Object.entries(OPEN).map(([id, [, , notTried]]) => [id, { notTried }])),
}
