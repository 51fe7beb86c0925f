import { type Deployment, readDeployment } from '@agent-identity/infra/read-deployment'
import { afterEach, describe, expect, test } from '@jest/globals'
import { startEmulator } from 'agentcore-identity-emulator'
import { createAwsClients } from '../../target/aws-clients.ts'
import { AwsRefusal, type Input, type Reply, startAwsStub } from '../../test-support/aws-stub.ts'
import { APP, HEALTHY, PREFIX, REGION } from '../../test-support/healthy-stage.ts'
import { TemporaryResources } from '../agentcore/temporary-resources.ts'
import { flowRow } from '../flow/flow-row.ts'
import { Mask } from '../report/mask.ts'
import { fakeUserPool } from '../test-support/fake-user-pool.ts'
import { stagePlace } from './stage-place.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const HERE = { client: 'the-sign-in-client', domain: 'agents-1a2b3c4d-5e6f' }
const IDENTITY = [
  ['AWS::Cognito::UserPoolClient', HERE.client],
  ['AWS::Cognito::UserPoolDomain', HERE.domain],
]
const audit = (event: object) => ({ message: JSON.stringify({ audit: true, ...event }) })
const AN_AUDIT_LINE = { event: 'from a later version of the contract' }

interface Differences {
  context?: object
  change?: Record<string, Reply>
  deployment?: Partial<Deployment>
}

async function stage({ context = {}, change = {}, deployment = {} }: Differences = {}) {
  const pool = fakeUserPool()
  const ofPool = Object.entries(pool.operations).map(([name, reply]) => [`cognito-idp:${name}`, reply])
  const asked: Input[] = []
  const stub = await startAwsStub({
    ...HEALTHY,
    ...Object.fromEntries(ofPool),
    'cloudformation:ListStackResources': (input) => {
      const reply = HEALTHY['cloudformation:ListStackResources']?.(input) as { StackResourceSummaries: object[] }
      if (input.StackName !== `${PREFIX}-identity`) return reply
      const more = IDENTITY.map(([ResourceType, PhysicalResourceId]) => ({ ResourceType, PhysicalResourceId }))
      return { StackResourceSummaries: [...reply.StackResourceSummaries, ...more] }
    },
    'logs:FilterLogEvents': (input) => {
      asked.push(input)
      return { events: [audit(AN_AUDIT_LINE)] }
    },
    'cloudtrail:LookupEvents': () => ({ Events: [] }),
    ...change,
  })
  closing.push(stub.close)
  const emulator = await startEmulator({ port: 0, region: REGION })
  closing.push(() => emulator.close())
  const [credentials] = emulator.credentials
  if (!credentials) throw new Error('An emulator has at least one credential')
  const fullContext = { stage: 'sandbox', region: REGION, providers: 'profile', ...context }
  const target = {
    kind: 'stage' as const,
    context: fullContext,
    deployment: { ...readDeployment(fullContext), ...deployment },
    prefix: PREFIX,
    aws: createAwsClients(REGION, { endpoint: stub.url, credentials: { accessKeyId: 'AKIA', secretAccessKey: 's' } }),
  }
  const service = new TemporaryResources({ endpoint: emulator.url, region: REGION, credentials })
  const origins: string[] = []
  const open = () =>
    stagePlace(
      target,
      { long: false, mask: new Mask(), say: () => {}, wait: async () => {} },
      {
        service,
        async lookAtFirewall(origin) {
          origins.push(origin)
          return [flowRow('firewall-labels', 'w', 'e', 'e')]
        },
      },
    )
  return { pool, stub, asked, service, origins, open }
}

describe('a stage', () => {
  test.each(['edge', 'identity', 'services'])('is not verified without its stack %s', async (missing) => {
    const { open } = await stage({
      change: {
        'cloudformation:DescribeStacks': (input) => {
          if (String(input.StackName).endsWith(missing)) throw new AwsRefusal('ValidationError', 'x does not exist')
          return HEALTHY['cloudformation:DescribeStacks']?.(input) ?? {}
        },
      },
    })
    await expect(open()).rejects.toThrow('npm run doctor says what is missing')
  })

  test('is not verified without the provider profile', async () => {
    const { open } = await stage({ context: { providers: 'github', githubSecret: 'agents/github' } })
    await expect(open()).rejects.toThrow('with profile among them')
  })

  test('is not verified without the chat page', async () => {
    const { open } = await stage({ deployment: { chatPage: 'off' } })
    await expect(open()).rejects.toThrow('asks its questions on the chat page')
  })

  test('is described by its address and option, and its names are registered as secrets of the report', async () => {
    const place = await (await stage()).open()
    expect(place).toMatchObject({ kind: 'stage', region: REGION, app: APP, consentsAtOnce: 'one' })
    expect(place.title).toBe('stage "sandbox"')
    expect(place.secrets).toEqual([
      ['123456789012', 'account'],
      [new URL(APP).host, 'host'],
      ['us-east-1_Example1', 'user pool'],
      [HERE.client, 'client id'],
      [HERE.domain, 'host'],
    ])
  })

  test('has its audit lines read since the run began; lines that this version does not know are left out', async () => {
    const { asked, open } = await stage()
    const before = Date.now()
    const place = await open()
    expect(await place.auditLines()).toEqual([])
    expect(asked).toEqual([
      { logGroupName: 'workload-logs', startTime: expect.any(Number), filterPattern: '{ $.audit IS TRUE }' },
    ])
    expect(asked[0]?.startTime).toBeGreaterThanOrEqual(before)
  })

  test.each([
    ['bound twice', ['one', 'two'], 'holds'],
    ['bound once', ['one'], 'not tried'],
  ])('%s: its assumptions, its firewall and CloudTrail are checked', async (_what, completionRequestIds, verdict) => {
    const { origins, open } = await stage()
    const now = Date.now
    const place = await open()
    try {
      // No record arrives: the limit for CloudTrail is over at once.
      let reads = 0
      Date.now = () => now() + (reads++ > 0 ? 3_600_000 : 0)
      const rows = await place.lookAtCalls({ authorizationIds: ['a', 'b'], completionRequestIds })
      const verdictOf = (id: string) => rows.find((row) => row.id === id)?.verdict
      expect(verdictOf('weak-references')).toBe(verdict)
      expect([verdictOf('firewall-labels'), verdictOf('one-completion')]).toEqual(['holds', 'not tried'])
      expect(origins).toEqual([APP])
    } finally {
      Date.now = now
    }
  })

  test('with a listener of an existing load balancer has no row about a firewall, which is not ours', async () => {
    const entrance = {
      kind: 'existing-listener' as const,
      domainName: 'agents.example.com',
      listenerArn: `arn:aws:elasticloadbalancing:${REGION}:123456789012:listener/app/a/1/2`,
      securityGroupId: 'sg-1',
    }
    const { origins, open } = await stage({ deployment: { entrance } })
    const rows = await (await open()).lookAtCalls({ authorizationIds: ['a', 'b'], completionRequestIds: [] })
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(['weak-references', 'one-completion']))
    expect(rows.map(({ id }) => id)).not.toContain('firewall-labels')
    expect(origins).toEqual([])
  })

  test('is unchanged afterwards: users, clients, identities and providers are removed, also those of a killed run', async () => {
    const { pool, service, open } = await stage()
    const place = await open()
    pool.users.set('agent-identity-verify-65f00000-0123456789ab@example.com', { MessageAction: undefined })
    pool.clients.set('killed', { ClientId: 'killed', ClientName: 'agent-identity-verify-killed' })
    pool.clients.set('theirs', { ClientId: 'theirs', ClientName: 'sign-in' })
    await service.createIdentity({ name: 'agent-identity-verify-65f00000-0123456789ab' })
    expect(await place.removeLeftovers()).toBe(3)
    const [user, another] = await place.makeUsers()
    expect(user.username).not.toBe(another.username)
    expect([...pool.users.keys()]).toEqual([user.username, another.username])
    expect(await place.close()).toBe(0)
    expect([[...pool.users.keys()], [...pool.clients.keys()]]).toEqual([[], ['theirs']])
  })
})
