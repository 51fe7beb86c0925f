import { describe, expect, test } from '@jest/globals'
import type { EmulatorOptions } from 'agentcore-identity-emulator'
import { type Input, notFound } from '../test-support/aws-stub.ts'
import { type BrokenThing, doctorFinds, doctorSays } from '../test-support/doctor-finds.ts'
import { type Broken, callbackUrlOf, complaintsOf, examineStage } from '../test-support/examine-stage.ts'
import { APP, PREFIX, PROFILE_CLIENT, RETURN_URL, SIGN_IN_CLIENT, VARIABLES } from '../test-support/healthy-stage.ts'

const returnUrls =
  (...urls: string[]) =>
  (options: EmulatorOptions): EmulatorOptions => ({
    ...options,
    workloadIdentities: [{ name: PREFIX, allowedResourceOauth2ReturnUrls: urls }],
  })
const client =
  (id: string, change: object) =>
  (reply: { UserPoolClient: object }, { ClientId }: Input) =>
    ClientId === id ? { UserPoolClient: { ...reply.UserPoolClient, ...change } } : reply
const variables = (change: Record<string, string>) => (reply: Task) => ({
  taskDefinition: {
    ...reply.taskDefinition,
    containerDefinitions: reply.taskDefinition.containerDefinitions.map((container) => ({
      ...container,
      environment: Object.entries({ ...VARIABLES, ...change }).map(([name, value]) => ({ name, value })),
    })),
  },
})
interface Task {
  taskDefinition: { containerDefinitions: object[] }
}
const withStatus = (status: string): Broken => ({
  agentcoreReplies: {
    GetOauth2CredentialProvider: (reply, { name }) =>
      name === `${PREFIX}-github` ? { ...reply, status, failureReason: 'a text that must not be repeated' } : reply,
  },
})

doctorFinds([
  [
    'an additional return URL, without showing its query',
    { agentcore: returnUrls(RETURN_URL, 'https://evil.example/take?key=secret') },
    [`workload identity: The workload identity ${PREFIX} also sends users to https://evil.example/take.`],
  ],
  [
    'that our return URL is not registered',
    { agentcore: returnUrls() },
    [`workload identity: The workload identity ${PREFIX} does not have our return URL ${RETURN_URL}.`],
  ],
  [
    'that the workload identity is gone',
    { agentcore: (options) => ({ ...options, workloadIdentities: [] }) },
    [`workload identity: AgentCore has no workload identity ${PREFIX}, which the services use.`],
  ],
  [
    'a client at Cognito that lost its callback URL',
    {
      replies: {
        'cognito-idp:DescribeUserPoolClient': client(PROFILE_CLIENT, {
          CallbackURLs: ['https://callback-url.invalid/'],
        }),
      },
    },
    [
      `callback URLs: The Cognito client of ${PREFIX}-profile does not have AgentCore's callback URL ${callbackUrlOf('profile')}.`,
    ],
  ],
  [
    'a client at Cognito with a second callback URL',
    {
      replies: {
        'cognito-idp:DescribeUserPoolClient': client(PROFILE_CLIENT, {
          CallbackURLs: [callbackUrlOf('profile'), 'https://evil.example/'],
        }),
      },
    },
    [`callback URLs: The Cognito client of ${PREFIX}-profile has other callback URLs besides AgentCore's.`],
  ],
  [
    'a sign-in client with another redirect URI',
    {
      replies: {
        'cognito-idp:DescribeUserPoolClient': client(SIGN_IN_CLIENT, {
          CallbackURLs: [`${APP}/auth/callback`, 'https://evil.example/'],
        }),
      },
    },
    [`sign-in client: The sign-in client must have exactly the redirect URI ${APP}/auth/callback.`],
  ],
  [
    'a sign-in client that is gone',
    {
      replies: {
        'cognito-idp:DescribeUserPoolClient': (reply, { ClientId }) =>
          ClientId === SIGN_IN_CLIENT ? notFound() : reply,
      },
    },
    [`sign-in client: The user pool has no client ${SIGN_IN_CLIENT}, which the services sign users in with.`],
  ],
  ...(['CREATE_FAILED', 'UPDATE_FAILED'] as const).map(
    (status): BrokenThing => [
      `a provider that is ${status}`,
      withStatus(status),
      [`credential providers: The credential provider ${PREFIX}-github is not ready (${status}).`],
    ],
  ),
])

doctorSays('under way', [
  [
    'a provider that is being created',
    withStatus('CREATING'),
    [`credential providers: The credential provider ${PREFIX}-github is not ready (CREATING).`],
  ],
])

describe('doctor finds', () => {
  const withoutGithub: Parameters<typeof examineStage>[0] = {
    agentcore: (options) => ({
      ...options,
      oauth2CredentialProviders: (options.oauth2CredentialProviders ?? []).slice(0, 1),
    }),
  }

  test('a provider that is gone does not hide what is wrong with another', async () => {
    const CallbackURLs = ['https://callback-url.invalid/']
    const replies = { 'cognito-idp:DescribeUserPoolClient': client(PROFILE_CLIENT, { CallbackURLs }) }
    const { results } = await examineStage({ ...withoutGithub, replies })
    expect(complaintsOf(results).filter((one) => one.startsWith('callback URLs'))).toEqual([
      `callback URLs: The Cognito client of ${PREFIX}-profile does not have AgentCore's callback URL ${callbackUrlOf('profile')}.`,
      `callback URLs: The credential provider ${PREFIX}-github has no callback URL.`,
    ])
  })

  test('a lost callback URL, and advises what keeps the tokens of the users', async () => {
    const replies = { 'cognito-idp:DescribeUserPoolClient': client(PROFILE_CLIENT, { CallbackURLs: [] }) }
    const { results } = await examineStage({ replies })
    const [mend = '', ...more] = results.flatMap(({ findings }) =>
      findings.flatMap((finding) => (finding.kind === 'wrong' ? [finding.mend] : [])),
    )
    expect(more).toEqual([])
    const [first, second] = mend.split('. ')
    expect(first).toBe(
      `Make ${callbackUrlOf('profile')} the client's only callback URL in the console (Cognito, user pool, App clients, Login pages)`,
    )
    expect(second).toMatch(/^Or run npm run deploy -- --revert-drift, which registers it again /)
  })

  test('a provider that is gone at AgentCore, and what cannot be checked because of it', async () => {
    const { results } = await examineStage(withoutGithub)
    expect(complaintsOf(results)).toEqual([
      `credential providers: AgentCore has no credential provider ${PREFIX}-github for github.`,
      `callback URLs: The credential provider ${PREFIX}-github has no callback URL.`,
      `client secrets of the providers: There is no credential provider ${PREFIX}-github.`,
      `rights of the task roles: Calls for the credential provider ${PREFIX}-github: AgentCore does not have it, or does not name its secret.`,
    ])
  })

  test('no vendor for a provider that this checkout does not have', async () => {
    const { results } = await examineStage({
      replies: {
        'ecs:DescribeTaskDefinition': variables({
          PROVIDERS: JSON.stringify({ elsewhere: { credentialProvider: `${PREFIX}-profile` } }),
        }),
      },
    })
    const said = results.flatMap(({ findings }) => findings.map(({ what }) => what))
    expect(said).toContain('This checkout has no provider elsewhere.')
    expect(said.join()).not.toContain('undefined')
  })

  test('that it was not given the providers of the deployment', async () => {
    const { results } = await examineStage({
      context: { providers: 'profile,google-calendar', googleCalendarSecret: 'x' },
    })
    expect(complaintsOf(results)).toEqual([
      'credential providers: The provider google-calendar is switched on here, and the services do not use it.',
      'credential providers: The services use the provider github, which is switched off here.',
    ])
  })
})
