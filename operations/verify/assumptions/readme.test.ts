import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { EXPERIMENTS } from './index.ts'

const README = new URL('../../../packages/agentcore-identity-emulator/README.md', import.meta.url)

/** By the beginning of an assumption in the README: the ids of the report's rows about it. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  'The user denies consent': ['denied-consent'],
  'Does a poll repeat the authorization URL?': ['poll-repeats-authorization-url'],
  "A vendor's token without `token_type`": ['missing-token-type'],
  'PKCE verifier of custom providers': ['code-verifier'],
  'Does a second `authorize` in one browser replace': ['two-authorizations-in-one-browser'],
  'A callback with a wrong cookie': ['callback-with-wrong-cookie'],
  'Errors in the browser': ['browser-errors'],
  'An expired workload access token': ['expired-workload-access-token'],
  'Are M2M tokens kept?': ['machine-token-kept'],
  'Are tokens of ON_BEHALF_OF_TOKEN_EXCHANGE kept?': ['on-behalf-of-kept'],
  'A JWT about to expire at minting': ['jwt-about-to-expire'],
  'A malformed or forged workload access token': ['malformed-workload-access-token', 'bad-jwt', 'altered-jwt'],
  'Match of return URLs': ['return-url-match'],
  'A vendor that answers too late': ['vendor-too-late'],
  'A discovery document that is no use': ['discovery-document-of-no-use'],
  'The text in a session URI': ['session-uri-text'],
  'A second Complete; one before the user is back': ['second-complete', 'complete-before-callback'],
  'A vendor refuses the code': ['vendor-refuses-code'],
  'A poll for an unknown, foreign or expired session': ['poll-unknown-session', 'poll-foreign-session'],
  'Is a name that is taken a conflict?': ['identity-exists', 'provider-exists'],
  'Are custom parameters part of the lookup key?': ['custom-parameters-in-vault-key'],
  'A consent with a custom parameter that is in no standard': ['unknown-parameter-vaulted'],
  'How often does an authorization URL open?': ['authorization-url-opened-twice', 'authorization-url-after-return'],
  'A token for other scopes, resources or audiences': ['scopes-in-vault-key', 'order-of-scopes'],
  'Refresh refused by the vendor': ['refresh-refused'],
  'Do `login_hint`': ['login-hint'],
  'M2M custom parameters': ['machine-custom-parameters'],
  'Body of the wrong JSON type, or no JSON': ['body-of-wrong-type'],
  'Does a provider that can be used say `READY`?': ['provider-status'],
  'Which name does a managed secret have?': ['managed-secret-name'],
  "A deployer's `UpdateSecret`": ['deployer-rights'],
  'Providers that become `EXTERNAL`': ['secret-becomes-external'],
  'A changed provider': ['changed-provider'],
  "Update of an identity without a list; of a provider's vendor": ['update-without-return-urls', 'update-of-vendor'],
  'Tenant vendors': ['tenant-vendor-endpoints'],
  'Client authentication of built-in vendors': ['built-in-vendor-client-authentication'],
  'Presigned requests': ['presigned-request'],
  '`oauth2credentialprovider` ARNs in tag operations': ['tags-of-oauth2-provider'],
  'Body limit': ['body-limit'],
}

test("every assumption of the emulator's README has a row in the report", () => {
  const [, assumptions = ''] = readFileSync(README, 'utf8').split('\n## Assumptions\n')
  const [table = ''] = assumptions.split('\n## ')
  const questions = table
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => (line.split(' | ')[0] ?? '').slice(2).trim().replaceAll('’', "'"))
  const starts = Object.keys(ROWS)
  expect(questions.filter((question) => !starts.some((start) => question.startsWith(start)))).toEqual([])
  expect(starts.filter((start) => !questions.some((question) => question.startsWith(start)))).toEqual([])
  const ids = new Set(EXPERIMENTS.flatMap((experiment) => experiment.assumptions.map(({ id }) => id)))
  expect(
    Object.values(ROWS)
      .flat()
      .filter((id) => !ids.has(id)),
  ).toEqual([])
})
