import { beforeAll, describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../json.ts'
import type { ServiceName } from '../names.ts'
import { EXAMPLE, readServices } from '../read-services.ts'
import type { SynthesizedServices } from '../synthesized-service.ts'
import { agentCoreActions, arnsOf, type OwnNames } from './agentcore-resources.ts'
import { allows, isAllowed, type RequestContext } from './simulate.ts'
import { CONTEXTS, stage } from './stages.ts'
import type { VariantName } from './variants.ts'

const { accountId } = EXAMPLE
const MINT_JWT = 'bedrock-agentcore:GetWorkloadAccessTokenForJWT'
const MINT_USER_ID = 'bedrock-agentcore:GetWorkloadAccessTokenForUserId'
const GET_TOKEN = 'bedrock-agentcore:GetResourceOauth2Token'
const COMPLETE = 'bedrock-agentcore:CompleteResourceTokenAuth'
const GET_SECRET = 'secretsmanager:GetSecretValue'

const SIGN_IN_TOKEN: RequestContext = {
  'bedrock-agentcore:InboundJwtClaim/iss': EXAMPLE.issuer,
  'bedrock-agentcore:InboundJwtClaim/client_id': EXAMPLE.signInClientId,
  'bedrock-agentcore:InboundJwtClaim/sub': 'alice',
}
const USER_ID: RequestContext = { 'bedrock-agentcore:userid': 'cognito+alice' }
const AGENTCORE_SECRET: RequestContext = {
  'aws:ResourceTag/aws:secretsmanager:owningService': 'bedrock-agentcore-identity',
}

interface Case {
  name: string
  context: (typeof CONTEXTS)[keyof typeof CONTEXTS]
  variant: VariantName
  proof: RequestContext
  mint: string
}

const CASES: Case[] = [
  { name: 'sandbox', context: CONTEXTS.sandbox, variant: 'sandbox', proof: SIGN_IN_TOKEN, mint: MINT_JWT },
  { name: 'production', context: CONTEXTS.production, variant: 'production', proof: SIGN_IN_TOKEN, mint: MINT_JWT },
  {
    name: 'a stage in mode user-id',
    context: CONTEXTS.sandbox,
    variant: 'user-id',
    proof: USER_ID,
    mint: MINT_USER_ID,
  },
]

describe.each(CASES)('the roles of $name', ({ context, variant, proof, mint }) => {
  const own: OwnNames = {
    region: context.region,
    accountId,
    workloadIdentity: `agent-identity-${context.stage}`,
    provider: `agent-identity-${context.stage}-profile`,
  }
  const arns = arnsOf(own)
  let services: SynthesizedServices
  const policiesOf = (service: ServiceName): JsonObject[] => services[service].taskRolePolicies

  beforeAll(() => {
    services = readServices(stage(variant), EXAMPLE)
  })

  const EXPECTED: Record<ServiceName, string[]> = {
    'agent-workload': [mint, GET_TOKEN],
    'session-binding': [COMPLETE],
  }

  test.each(Object.entries(EXPECTED))(
    '%s may call %s at AgentCore, and none of its other actions',
    async (name, expected) => {
      const allowed = []
      for (const { action, resources } of await agentCoreActions(own)) {
        if (
          isAllowed(policiesOf(name as ServiceName), {
            action,
            resources,
            context: { ...SIGN_IN_TOKEN, ...USER_ID },
          })
        )
          allowed.push(action)
      }
      expect(allowed.sort()).toEqual([...expected].sort())
    },
  )

  const CALLS = [
    { service: 'agent-workload', action: mint, resourcesOf: (names: OwnNames) => arnsOf(names).mint },
    { service: 'agent-workload', action: GET_TOKEN, resourcesOf: (names: OwnNames) => arnsOf(names).token },
    { service: 'session-binding', action: COMPLETE, resourcesOf: (names: OwnNames) => arnsOf(names).token },
  ] as const

  describe.each(CALLS)('$service, $action', ({ service, action, resourcesOf }) => {
    const may = (names: OwnNames, request: RequestContext = proof) =>
      isAllowed(policiesOf(service), { action, resources: resourcesOf(names), context: request })

    test('is allowed on its own identity and provider', () => {
      expect(may(own)).toBe(true)
    })

    test.each([
      { what: 'another identity', names: { ...own, workloadIdentity: 'somebody-elses' } },
      {
        what: 'an identity whose name only begins the same',
        names: { ...own, workloadIdentity: `${own.workloadIdentity}-2` },
      },
      { what: 'another account', names: { ...own, accountId: '999999999999' } },
      { what: 'another Region', names: { ...own, region: 'ap-south-1' } },
    ])('is refused on $what', ({ names }) => {
      expect(may(names)).toBe(false)
    })

    if (action !== mint)
      test.each([
        { what: 'another provider', provider: 'somebody-elses' },
        { what: 'a provider whose name only begins the same', provider: `${own.provider}-2` },
      ])('is refused on $what', ({ provider }) => {
        expect(may({ ...own, provider })).toBe(false)
      })

    test('is allowed on each resource that the call names', () => {
      for (const resource of resourcesOf(own)) expect(allows(policiesOf(service), action, resource, proof)).toBe(true)
    })
  })

  const REFUSED_PROOFS: { what: string; proof: RequestContext }[] =
    mint === MINT_JWT
      ? [
          {
            what: 'an access token of another client, with the issuer and the subject of the sign-in token',
            proof: { ...SIGN_IN_TOKEN, 'bedrock-agentcore:InboundJwtClaim/client_id': 'profile-client' },
          },
          {
            what: 'a token of another issuer',
            proof: { ...SIGN_IN_TOKEN, 'bedrock-agentcore:InboundJwtClaim/iss': 'https://issuer.example' },
          },
          { what: 'a user id', proof: USER_ID },
          { what: 'no proof', proof: {} },
        ]
      : [
          { what: 'a user id without the prefix', proof: { 'bedrock-agentcore:userid': 'alice' } },
          { what: 'a user id of another prefix', proof: { 'bedrock-agentcore:userid': 'okta+alice' } },
          { what: 'a token', proof: SIGN_IN_TOKEN },
          { what: 'no proof', proof: {} },
        ]

  test.each(REFUSED_PROOFS)('neither mint nor complete for $what', ({ proof: refused }) => {
    const context = refused
    expect(isAllowed(policiesOf('agent-workload'), { action: mint, resources: arns.mint, context })).toBe(false)
    expect(isAllowed(policiesOf('session-binding'), { action: COMPLETE, resources: arns.token, context })).toBe(false)
  })

  describe.each(['agent-workload', 'session-binding'] as const)('%s', (service) => {
    const mayRead = (secret: string, request: RequestContext) =>
      allows(policiesOf(service), GET_SECRET, secret, request)

    test('reads the client secret that AgentCore keeps for its provider, under the new name and the old', () => {
      expect(mayRead(arns.secret, AGENTCORE_SECRET)).toBe(true)
      expect(mayRead(arns.secretWithoutDigits, AGENTCORE_SECRET)).toBe(true)
    })

    test.each([
      { what: 'that AgentCore does not own', secret: arns.secret, request: {} },
      {
        what: 'of another provider',
        secret: arnsOf({ ...own, provider: 'somebody-elses' }).secret,
        request: AGENTCORE_SECRET,
      },
      {
        what: 'of a provider whose name only begins the same',
        secret: arnsOf({ ...own, provider: `${own.provider}-abcdef` }).secret,
        request: AGENTCORE_SECRET,
      },
      {
        what: 'of a provider whose name goes on with eight characters',
        secret: arnsOf({ ...own, provider: `${own.provider}-calendar` }).secret,
        request: AGENTCORE_SECRET,
      },
      {
        what: 'that another principal named after the provider',
        secret: `arn:aws:secretsmanager:${own.region}:${accountId}:secret:${own.provider}-AbCdEf`,
        request: AGENTCORE_SECRET,
      },
      {
        what: 'of another account',
        secret: arnsOf({ ...own, accountId: '999999999999' }).secret,
        request: AGENTCORE_SECRET,
      },
      {
        what: 'that seals records: ECS reads that one',
        secret: `arn:aws:secretsmanager:${own.region}:${accountId}:secret:TurnKeys-AbCdEf`,
        request: AGENTCORE_SECRET,
      },
    ])('reads no secret $what', ({ secret, request }) => {
      expect(mayRead(secret, request)).toBe(false)
    })
  })
})

test('a stage can ask that AgentCore, not the task, reads client secrets', () => {
  const app = stage('client secrets via AgentCore')
  const { taskRolePolicies } = readServices(app, EXAMPLE)['session-binding']
  const { secret } = arnsOf({
    region: 'us-east-1',
    accountId,
    workloadIdentity: 'agent-identity-sandbox',
    provider: 'agent-identity-sandbox-profile',
  })
  const viaAgentCore = { ...AGENTCORE_SECRET, 'aws:CalledVia': ['bedrock-agentcore.amazonaws.com'] }
  expect(allows(taskRolePolicies, GET_SECRET, secret, AGENTCORE_SECRET)).toBe(false)
  expect(allows(taskRolePolicies, GET_SECRET, secret, viaAgentCore)).toBe(true)
})
