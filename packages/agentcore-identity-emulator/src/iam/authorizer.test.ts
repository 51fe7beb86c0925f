import { describe, expect, test } from '@jest/globals'
import { createAuthorizer } from './authorizer.ts'
import { readSecretPermission } from './secret-permissions.ts'

const NOW = Date.UTC(2026, 8, 28)
const authorizer = createAuthorizer({
  accountId: '123456789012',
  region: 'us-east-1',
  wallNow: () => NOW,
  tagsOf: () => ({ 'cost center': '42' }),
})
const CALLER = { address: '::ffff:127.0.0.1', userAgent: 'aws-sdk-js/3' }
const ACTION = { action: 'bedrock-agentcore:GetWorkloadAccessToken', resources: ['arn:aws:bedrock-agentcore:::x'] }
const SECRET = readSecretPermission('arn:aws:secretsmanager:us-east-1:123456789012:secret:s-abcdef')

const USER = 'arn:aws:iam::123456789012:user/team/agent'
const ROLE = 'arn:aws:sts::123456789012:assumed-role/task/session'

function denies(
  condition: object,
  { principalArn = USER, permission = ACTION }: { principalArn?: string; permission?: typeof ACTION } = {},
) {
  const all = { Effect: 'Allow', Action: '*', Resource: '*' }
  const policy = { Version: '2012-10-17', Statement: [all, { ...all, Effect: 'Deny', Condition: condition }] }
  const credential = { accessKeyId: 'K', secretAccessKey: 's', principalArn, policies: [policy] }
  return authorizer.authorize(credential, [permission], CALLER).denial !== undefined
}

describe('a Deny depends on the keys that AWS has in each request', () => {
  test.each([
    ['its date', { DateGreaterThan: { 'aws:CurrentTime': '2026-09-01T00:00:00Z' } }],
    ['its time', { NumericGreaterThan: { 'aws:EpochTime': '1790000000' } }],
    ['its encryption', { Bool: { 'aws:SecureTransport': 'true' } }],
    ['that the principal calls', { Bool: { 'aws:ViaAWSService': 'false' } }],
    ['that no service calls', { Bool: { 'aws:PrincipalIsAWSService': 'false' } }],
    ['its address', { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }],
    ['its program', { StringLike: { 'aws:UserAgent': 'aws-sdk-js/*' } }],
    ['the kind of its principal', { StringEquals: { 'aws:PrincipalType': 'User' } }],
    ['the name of its user', { StringEquals: { 'aws:username': 'agent' } }],
    ['a tag with a space in its name', { StringEquals: { 'aws:ResourceTag/cost center': '42' } }],
  ])('%s', (_what, condition) => {
    expect(denies(condition)).toBe(true)
  })

  test.each([
    ['another date', { DateLessThan: { 'aws:CurrentTime': '2026-09-01T00:00:00Z' } }],
    ['another address', { NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }],
    ['no encryption', { Bool: { 'aws:SecureTransport': 'false' } }],
  ])('and does not apply to %s', (_what, condition) => {
    expect(denies(condition)).toBe(false)
  })

  test('a role is no user', () => {
    expect(denies({ StringEquals: { 'aws:PrincipalType': 'AssumedRole' } }, { principalArn: ROLE })).toBe(true)
    expect(denies({ Null: { 'aws:username': 'false' } }, { principalArn: ROLE })).toBe(false)
    const principal = (arn: string) => ({ ArnEquals: { 'aws:PrincipalArn': arn } })
    expect(denies(principal('arn:aws:iam::123456789012:role/task'), { principalArn: ROLE })).toBe(true)
    expect(denies(principal(ROLE), { principalArn: ROLE })).toBe(false)
    expect(denies(principal(USER))).toBe(true)
  })

  test('what the service does with the caller’s rights is via a service, and not from the caller’s address', () => {
    const permission = SECRET as typeof ACTION
    expect(denies({ Bool: { 'aws:ViaAWSService': 'true' } }, { permission })).toBe(true)
    expect(denies({ Null: { 'aws:SourceIp': 'true' } }, { permission })).toBe(true)
  })
})
