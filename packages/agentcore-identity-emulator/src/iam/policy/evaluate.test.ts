import { describe, expect, test } from '@jest/globals'
import { evaluate, explain, parsePolicy } from './index.ts'

type Statement = Record<string, unknown>
const ALLOW = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
const DENY = { Effect: 'Deny', Action: 's3:DeleteObject', Resource: '*' }
const OBJECT = 'arn:aws:s3:::bucket/a'

function policyOf(name: string, ...statements: Statement[]) {
  const { policy, problems } = parsePolicy({ Version: '2012-10-17', Statement: statements }, name)
  if (policy === undefined) throw new Error(problems.join('\n'))
  return policy
}

const decide = (
  statements: Statement[],
  request: { action?: string; resource?: string; context?: Record<string, string | string[]> },
) =>
  evaluate(
    { identityPolicies: statements.length > 0 ? [policyOf('p', ...statements)] : [] },
    { action: 's3:GetObject', resource: OBJECT, context: {}, ...request },
  ).result

/** IAM User Guide, "Policy evaluation logic". */
describe('the decision', () => {
  const boundary = (...statements: Statement[]) => policyOf('boundary', ...statements)
  const own = policyOf('own', ALLOW)
  const request = { action: 's3:DeleteObject', resource: OBJECT, context: {} }
  test.each([
    ['no policy', { identityPolicies: [] }, 'implicitly denied: no statement of an identity-based policy allows it'],
    ['an Allow', { identityPolicies: [own] }, 'allowed by statement 0 of the identity-based policy own'],
    [
      'an Allow for something else',
      { identityPolicies: [policyOf('own', { ...ALLOW, Action: 's3:Get*' })] },
      'implicitly denied: no statement of an identity-based policy allows it',
    ],
    [
      'an Allow, and a Deny in another policy',
      { identityPolicies: [own, policyOf('other', ALLOW, { ...DENY, Sid: 'Keep' })] },
      'explicitly denied by statement 1 (Keep) of the identity-based policy other',
    ],
    [
      'a boundary that allows as well',
      { identityPolicies: [own], permissionsBoundary: boundary(ALLOW) },
      'allowed by statement 0 of the identity-based policy own and statement 0 of the permissions boundary boundary',
    ],
    [
      'a boundary that does not allow',
      { identityPolicies: [own], permissionsBoundary: boundary({ ...ALLOW, Action: 's3:Get*' }) },
      'implicitly denied: no statement of the permissions boundary allows it',
    ],
    [
      'a boundary that denies',
      { identityPolicies: [own], permissionsBoundary: boundary(ALLOW, DENY) },
      'explicitly denied by statement 1 of the permissions boundary boundary',
    ],
    [
      'a boundary that allows, and nothing else',
      { identityPolicies: [], permissionsBoundary: boundary(ALLOW) },
      'implicitly denied: no statement of an identity-based policy allows it',
    ],
  ])('with %s', (_what, policies, explanation) => {
    expect(explain(evaluate(policies, request))).toBe(explanation)
  })
})

test.each([
  ['s3:GetObject', 's3:GetObject', true],
  ['s3:GetObject', 'S3:getobject', true],
  ['s3:GetObject', 's3:GetObjectAcl', false],
  ['s3:Get*', 's3:GetObjectAcl', true],
  ['s3:*Object?', 's3:GetObjects', true],
  ['s3:*Object?', 's3:GetObject', false],
  ['*', 'iam:PassRole', true],
  ['s3:*', 's3express:CreateSession', false],
])('Action %s, asked for %s: %s', (Action, action, expected) => {
  expect(decide([{ ...ALLOW, Action }], { action })).toBe(expected ? 'Allowed' : 'ImplicitlyDenied')
  const inverse = { Effect: 'Allow', NotAction: Action, Resource: '*' }
  expect(decide([inverse], { action })).toBe(expected ? 'ImplicitlyDenied' : 'Allowed')
})

/** IAM User Guide, "Using wildcards in resource ARNs". */
test.each([
  ['*', OBJECT, true],
  [OBJECT, OBJECT, true],
  [OBJECT, 'arn:aws:s3:::bucket/A', false],
  ['arn:aws:s3:::bucket/*/test/*', 'arn:aws:s3:::bucket/1/2/test/3/object.jpg', true],
  ['arn:aws:s3:::bucket/*/test/*', 'arn:aws:s3:::bucket/1-test/object.jpg', false],
  ['arn:aws:s3:::bucket/?', 'arn:aws:s3:::bucket/ab', false],
  ['arn:aws:iam::1:user/*', 'arn:aws:iam::1:user/a:b', true],
  ['arn:aws:iam::1:user/*-x', 'arn:aws:iam::1:user/a:b-x', false],
  ['arn:aws:iam::1:user?a', 'arn:aws:iam::1:user:a', false],
  ['arn:aws:ec2:*', 'arn:aws:ec2:eu-west-1:1:instance/i-1', true],
  // AWS completes missing components with `*`: a Deny on such an ARN must apply.
  ['arn:aws:ec2', 'arn:aws:ec2:eu-west-1:1:instance/i-1', true],
  ['arn:aws:ec2:eu-west-1', 'arn:aws:ec2:eu-west-1:1:instance/i-1', true],
  ['arn:aws:ec2:eu-west-2', 'arn:aws:ec2:eu-west-1:1:instance/i-1', false],
  ['arn:aws:ec2', 'arn:aws:s3:::bucket', false],
  ['arn:aws:logs:*:1:log-group:a', 'arn:aws:logs:eu-west-1:1:log-group:a', true],
  ['arn:*:iam::*:role/a', 'arn:aws-cn:iam::1:role/a', true],
  ['arn:aws:s3:::bucket/${aws:username}/*', 'arn:aws:s3:::bucket/alice/a', true],
  ['arn:aws:s3:::bucket/${aws:username}/*', 'arn:aws:s3:::bucket/bob/a', false],
  ['arn:aws:s3:::bucket/${aws:userid}/*', 'arn:aws:s3:::bucket/a', false],
  ["arn:aws:s3:::bucket/${aws:userid, 'all'}/*", 'arn:aws:s3:::bucket/all/a', true],
  ['arn:aws:s3:::bucket/${*}', 'arn:aws:s3:::bucket/a', false],
  ['arn:aws:s3:::bucket/${*}', 'arn:aws:s3:::bucket/*', true],
])('Resource %s, asked for %s: %s', (Resource, resource, expected) => {
  const context = { 'aws:username': 'alice' }
  expect(decide([{ ...ALLOW, Resource }], { resource, context })).toBe(expected ? 'Allowed' : 'ImplicitlyDenied')
  const inverse = { Effect: 'Allow', Action: 's3:*', NotResource: Resource }
  expect(decide([inverse], { resource, context })).toBe(expected ? 'ImplicitlyDenied' : 'Allowed')
})

describe('a statement with conditions', () => {
  const both = { StringEquals: { 'aws:PrincipalTag/team': 'red' }, Bool: { 'aws:SecureTransport': true } }
  test.each([
    [{ 'aws:PrincipalTag/team': 'red', 'aws:SecureTransport': 'true' }, true],
    [{ 'aws:PrincipalTag/team': 'red', 'aws:SecureTransport': 'false' }, false],
    [{ 'aws:SecureTransport': 'true' }, false],
  ])('applies when all of them are met: %j', (context, applies) => {
    expect(decide([{ ...ALLOW, Condition: both }], { context })).toBe(applies ? 'Allowed' : 'ImplicitlyDenied')
    expect(decide([ALLOW, { ...ALLOW, Effect: 'Deny', Condition: both }], { context })).toBe(
      applies ? 'ExplicitlyDenied' : 'Allowed',
    )
  })

  test('counts against the caller when the meaning of a condition is not documented', () => {
    const Condition = { StringEquals: { 'aws:TagKeys': 'a' } }
    const context = { 'aws:TagKeys': ['a'] }
    expect(decide([{ ...ALLOW, Condition }], { context })).toBe('ImplicitlyDenied')
    expect(decide([ALLOW, { ...ALLOW, Effect: 'Deny', Condition }], { context })).toBe('ExplicitlyDenied')
  })
})

test('a pattern of many wildcards is decided also for a long text that almost matches', () => {
  const Resource = `arn:aws:s3:::${'*a'.repeat(200)}b`
  expect(decide([{ ...ALLOW, Resource }], { resource: `arn:aws:s3:::${'a'.repeat(2_000)}` })).toBe('ImplicitlyDenied')
})
