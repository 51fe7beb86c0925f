import { randomUUID } from 'node:crypto'
import { complete, refusalOf } from '../agentcore/calls.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { describeRefusal, leave, RETURN_URL } from './on-the-way.ts'
import { provideClient } from './provide-client.ts'

const REFUSED = 'the authorization server refused the code'

const is = {
  verifier: {
    id: 'code-verifier',
    words: 'The PKCE verifier of a custom provider is sent to a token endpoint that insists on it',
    expected: 'sent',
    option: { name: 'customProviderOmitsCodeVerifier', values: { sent: false, [REFUSED]: true } },
  },
  second: {
    id: 'second-complete',
    words: 'Complete a second time',
    expected: 'AccessDeniedException 403 "Invalid or expired session"',
  },
  kept: {
    id: 'token-kept',
    words: 'After Complete, two requests without a session URI',
    expected: 'the same token twice',
  },
  otherScopes: {
    id: 'scopes-in-vault-key',
    words: 'The same user asks with fewer of the granted scopes',
    expected: 'a new authorization',
  },
  order: {
    id: 'order-of-scopes',
    words: 'The same user asks with the granted scopes in another order',
    expected: 'the token',
  },
  otherParameters: {
    id: 'custom-parameters-in-vault-key',
    words: 'The same user asks with custom parameters that the consent did not have',
    expected: 'a new authorization',
    option: {
      name: 'vaultKey',
      values: { 'a new authorization': 'with-custom-parameters', 'the token': 'without-custom-parameters' },
    },
  },
  unknownParameter: {
    id: 'unknown-parameter-vaulted',
    words: 'A consent with a custom parameter that the authorization server does not know, and the same request again',
    expected: 'the token',
    option: { name: 'unknownParameter', values: { 'the token': 'vaulted', 'a new authorization': 'nothing' } },
  },
  forced: {
    id: 'force-authentication',
    words: 'forceAuthentication, and then without it',
    expected: 'a new authorization; a new authorization',
  },
  badCode: {
    id: 'vendor-refuses-code',
    words: 'Complete with a code that the authorization server refuses',
    expected: 'ValidationException 400 "Error parsing ClientCredentials response"',
  },
  tokenType: {
    id: 'missing-token-type',
    words: "An authorization server's token reply without `token_type`",
    expected: 'refused',
    option: { name: 'missingTokenType', values: { refused: 'refuse', accepted: 'accept' } },
  },
} satisfies Record<string, Assumption>

export const vault: Experiment = {
  name: 'a consent by direct calls',
  assumptions: Object.values(is),
  async observe(trial) {
    const { service, vendor } = trial
    const { client, ask } = await provideClient(trial)
    const said = async (call: Promise<unknown>) => describeRefusal(await refusalOf(call))
    const userId = randomUUID()

    const opened = await ask(userId)
    await client.consent(opened.authorizationUrl ?? '', RETURN_URL)
    const exchange = await refusalOf(complete(service, opened.sessionUri, { userId }))
    if (exchange)
      return { [is.verifier.id]: exchange.name === 'ValidationException' ? REFUSED : describeRefusal(exchange) }
    const second = await said(complete(service, opened.sessionUri, { userId }))
    const tokens = [(await ask(userId)).accessToken, (await ask(userId)).accessToken]
    for (const token of tokens) trial.hide(token, 'token')
    const outcome = async (more: object, user = userId) => {
      const { accessToken, authorizationUrl } = await ask(user, more)
      trial.hide(accessToken, 'token')
      return accessToken ? 'the token' : authorizationUrl ? 'a new authorization' : 'neither'
    }
    const [one, other] = client.scopes
    const otherScopes = await outcome({ scopes: [one] })
    const order = await outcome({ scopes: [other, one] })
    const otherParameters = await outcome({ customParameters: { ours: 'yes' } })
    const another = randomUUID()
    const labelled = { customParameters: { ours: 'yes' } }
    const withLabel = await ask(another, labelled)
    await client.consent(withLabel.authorizationUrl ?? '', RETURN_URL)
    const label = await refusalOf(complete(service, withLabel.sessionUri, { userId: another }))
    const unknownParameter = label ? describeRefusal(label) : await outcome(labelled, another)
    const forced = `${await outcome({ forceAuthentication: true })}; ${await outcome({})}`

    const refused = await ask(userId)
    const trip = await leave(refused.authorizationUrl ?? '')
    await trip.browser.visit(trip.withCode)
    const badCode = await said(complete(service, refused.sessionUri, { userId }))

    return {
      [is.verifier.id]: 'sent',
      [is.second.id]: second,
      [is.kept.id]:
        tokens[0] === undefined ? 'no token' : tokens[0] === tokens[1] ? 'the same token twice' : 'two tokens',
      [is.otherScopes.id]: otherScopes,
      [is.order.id]: order,
      [is.otherParameters.id]: otherParameters,
      [is.unknownParameter.id]: unknownParameter,
      [is.forced.id]: forced,
      [is.badCode.id]: badCode,
      [is.tokenType.id]: vendor.omitTokenType
        ? await withoutTokenType(vendor.omitTokenType)
        : { notTried: 'Cognito always sends it, and no other authorization server is made here' },
    }

    async function withoutTokenType(omit: () => void) {
      const somebody = randomUUID()
      const consent = await ask(somebody)
      await client.consent(consent.authorizationUrl ?? '', RETURN_URL)
      omit()
      return (await refusalOf(complete(service, consent.sessionUri, { userId: somebody }))) ? 'refused' : 'accepted'
    }
  },
}
