import { REDIS_ACCESS } from '@agent-identity/infra/redis-access'
import { TYPES_WITHOUT_STACK_TAGS } from '@agent-identity/infra/types-without-stack-tags'
import { describe, expect, test } from '@jest/globals'
import { callbackUrlOf, complaintsOf, examineStage } from '../test-support/examine-stage.ts'
import { RESOURCES, taggedResources } from '../test-support/healthy-stacks.ts'
import { ISSUER } from '../test-support/healthy-stage.ts'
import { CHECKS_OF_STAGE } from './checks/index.ts'

describe('doctor, of a stage that is in order', () => {
  test('finds nothing wrong: it lists what is to compare at the vendor, and the task that starts', async () => {
    const { results } = await examineStage()
    expect(complaintsOf(results)).toEqual([])
    expect(results.flatMap(({ findings }) => findings)).toEqual([
      { kind: 'under way', what: '1 of 2 targets of workload are being registered.', mend: expect.any(String) },
      {
        kind: 'under way',
        what: 'The service agent-workload has 1 of 2 tasks running.',
        mend: expect.any(String),
      },
      { kind: 'by hand', what: expect.stringContaining(callbackUrlOf('github')) },
    ])
    expect(results).toHaveLength(1 + CHECKS_OF_STAGE.length)
  })

  test('was given a resource of each type that CloudFormation does not give its own tags', () => {
    const types = Object.values(RESOURCES).flatMap((resources) => resources.map(([type]) => type))
    expect(TYPES_WITHOUT_STACK_TAGS.filter((type) => !types.includes(type))).toEqual([])
    const untagged = taggedResources().filter(({ Tags }) => !Tags.some(({ Key }) => Key.startsWith('aws:')))
    expect(untagged.length).toBeGreaterThan(TYPES_WITHOUT_STACK_TAGS.length)
  })

  test('calls only operations that read', async () => {
    const { calls } = await examineStage()
    expect(calls.length).toBeGreaterThan(30)
    const reading = /:(Get|List|Describe|Simulate)[A-Z]/
    expect(calls.filter((operation) => !reading.test(operation))).toEqual([])
  })

  test('lists what to compare by hand for parts outside of the deployment', async () => {
    const secret = { secret: 'a-secret' }
    const { results } = await examineStage({
      deployment: {
        entrance: {
          kind: 'existing-listener',
          domainName: 'agents.example.com',
          listenerArn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/1/2',
          securityGroupId: 'sg-1',
        },
        sessionStore: {
          url: 'rediss://redis.example:6379',
          topology: 'single',
          users: {
            'agent-workload': { name: 'workload', password: secret },
            'session-binding': { name: 'binding', password: secret },
          },
          reachedAt: { cidr: '10.0.0.0/16' },
        },
        signIn: { issuer: ISSUER, clientId: 'a-client', clientSecret: secret, tokenClaim: 'client_id' },
      },
    })
    expect(complaintsOf(results)).toEqual([])
    const byHand = Object.fromEntries(
      results.flatMap(({ check, findings }) =>
        findings.length > 0 ? [[check, findings.map(({ what }) => what)]] : [],
      ),
    )
    expect(byHand).toMatchObject({
      firewall: [expect.stringContaining('a firewall with limits per address')],
      'session store and its users': [
        expect.stringContaining(
          `the user workload must have exactly these rights: ${REDIS_ACCESS['agent-workload']} (a version before 7.2 does not know +client|setinfo`,
        ),
        expect.stringContaining(`the user binding must have exactly these rights: ${REDIS_ACCESS['session-binding']}`),
      ],
      'sign-in client': [expect.stringContaining('the client a-client must have exactly the redirect URI https://')],
    })
  })
})
