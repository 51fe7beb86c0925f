import { readDeployment } from '@agent-identity/infra/read-deployment'
import { describe, expect, test } from '@jest/globals'
import { Mask } from '../report/mask.ts'
import { deployedAssumptions } from './deployed.ts'

const SANDBOX = readDeployment({ stage: 'sandbox', region: 'us-east-1', providers: 'profile' })

const EXISTING_REDIS = {
  url: 'rediss://redis.example.internal:6380',
  topology: 'single',
  users: {
    'agent-workload': { name: 'agents-workload', password: { secret: 'redis/agents-workload' } },
    'session-binding': { name: 'agents-binding', password: { secret: 'redis/agents-binding' } },
  },
  reachedAt: { cidr: '10.0.0.0/16' },
} as const

const verdicts = (change: Partial<typeof SANDBOX>, flowWorks: boolean) =>
  Object.fromEntries(
    deployedAssumptions({ ...SANDBOX, ...change }, flowWorks, new Mask()).map(({ id, verdict }) => [id, verdict]),
  )

const NEVER = ['vpc-origin-holds-vpc', 'trail-selectors', 'weak-references-rollback', 'weak-references-change-set']

describe('the assumptions of a deployment', () => {
  test('hold when the flow works with them, if this stage uses them', () => {
    const seen = verdicts({}, true)
    for (const id of ['vendor-cognito', 'condition-owning-service', 'session-store-selectors', 'weak-references'])
      expect([id, seen[id]]).toEqual([id, 'holds'])
    for (const id of NEVER) expect([id, seen[id]]).toEqual([id, 'not tried'])
  })

  test.each([
    ['jwt', { identityArtifact: 'jwt' }, { 'condition-jwt-claims': 'holds', 'condition-user-id': 'not tried' }],
    ['user-id', { identityArtifact: 'user-id' }, { 'condition-jwt-claims': 'not tried', 'condition-user-id': 'holds' }],
    ['off', { clientSecretsOnlyViaAgentCore: false }, { 'condition-called-via': 'not tried' }],
    ['on', { clientSecretsOnlyViaAgentCore: true }, { 'condition-called-via': 'holds' }],
    ['existing Redis', { sessionStore: EXISTING_REDIS }, { 'session-store-selectors': 'not tried' }],
  ] as const)('are tested only by a stage that uses them: %s', (_what, change, expected) => {
    expect(verdicts(change, true)).toMatchObject(expected)
  })

  test('are not tried when not every consent of the flow was bound, and not contradicted', () => {
    expect(new Set(Object.values(verdicts({ clientSecretsOnlyViaAgentCore: true }, false)))).toEqual(
      new Set(['not tried']),
    )
  })
})
