import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceApiKeyCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Service, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()

const asService = (service: Service) =>
  new BedrockAgentCoreClient({
    region: stack.awsRegion,
    endpoint: stack.agentcoreIdentity,
    credentials: stack.awsCredentials[service],
    maxAttempts: 1,
  })
const clients = { 'agent-workload': asService('agent-workload'), 'session-binding': asService('session-binding') }
afterAll(() => {
  for (const client of Object.values(clients)) client.destroy()
})

const workloadName = stack.environments['agent-workload'].WORKLOAD_NAME ?? ''
const jwt = 'e30.e30.c2ln'
const sessionUri = 'urn:ietf:params:oauth:request_uri:x'
const mint = {
  'without a user': new GetWorkloadAccessTokenCommand({ workloadName }),
  'for a JWT': new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken: jwt }),
  'for a user id': new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId: 'alice' }),
}
const { 'service-status': machine, warehouse } = stack.deployment.credentialProviders
const reads = (workloadIdentityToken: string | undefined) => [
  new GetResourceOauth2TokenCommand({
    scopes: [],
    oauth2Flow: 'M2M',
    resourceCredentialProviderName: machine,
    workloadIdentityToken,
  }),
  new GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName: warehouse }),
]
const complete = new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userToken: jwt } })

type Command = (typeof mint)[keyof typeof mint] | ReturnType<typeof reads>[number] | typeof complete
const nameAndMessage = (service: Service, command: Command) =>
  clients[service].send(command as never).then(
    () => 'allowed',
    (error: Error) => `${error.name}: ${error.message}`,
  )
const NOT_AUTHORIZED = /^AccessDeniedException: User: .* is not authorized to perform: bedrock-agentcore:/

describe('with the role of session binding', () => {
  test.each([
    ['mints no workload access token without a user', mint['without a user']],
    ['mints no workload access token for a JWT', mint['for a JWT']],
    ['mints no workload access token for a user id', mint['for a user id']],
  ] as [string, Command][])('%s', async (_name, command) => {
    expect(await nameAndMessage('session-binding', command)).toMatch(NOT_AUTHORIZED)
  })

  test('reads no access token and no API key, even with a workload access token, which it does not have', async () => {
    const { workloadAccessToken } = await clients['agent-workload'].send(mint['without a user'])
    for (const command of reads(workloadAccessToken)) {
      expect(await nameAndMessage('session-binding', command)).toMatch(NOT_AUTHORIZED)
      expect(await nameAndMessage('agent-workload', command)).toBe('allowed')
    }
  })
})

describe('with the role of the agent workload', () => {
  test.each([
    ['completes nothing', complete],
    ['mints no workload access token for a user id of its choice', mint['for a user id']],
  ] as [string, Command][])('%s', async (_name, command) => {
    expect(await nameAndMessage('agent-workload', command)).toMatch(NOT_AUTHORIZED)
  })

  // For providers whose access is the agent's own, the agent workload may mint without a user.
  test('gets no user’s access token with a workload access token without a user', async () => {
    const { workloadAccessToken } = await clients['agent-workload'].send(mint['without a user'])
    const ofAUser = new GetResourceOauth2TokenCommand({
      scopes: ['read:user'],
      oauth2Flow: 'USER_FEDERATION',
      resourceCredentialProviderName: stack.deployment.credentialProviders.github,
      resourceOauth2ReturnUrl: `${stack.app}/oauth2/session-binding`,
      workloadIdentityToken: workloadAccessToken,
    })
    expect(await nameAndMessage('agent-workload', ofAUser)).toMatch(/^ValidationException: USER_FEDERATION requires/)
  })
})
