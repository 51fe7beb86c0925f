import { expect, test } from '@jest/globals'
import { parsePolicy } from './parse-policy.ts'

const ARN = 'arn:aws:s3:::bucket/*'
const RIGHT = { Effect: 'Allow', Action: 's3:Get*', Resource: ARN }
const policy = (statement: object, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ ...RIGHT, ...statement }],
  ...more,
})
const condition = (operator: string, values: unknown, key = 'aws:SourceIp') =>
  policy({ Condition: { [operator]: { [key]: values } } })

test.each<[string, unknown]>([
  ['one statement without a list', { Version: '2012-10-17', Statement: RIGHT }],
  ['no version', { Statement: [RIGHT] }],
  ['an id and a Sid', policy({ Sid: 'ReadAll' }, { Id: 'mine' })],
  ['everything', policy({ Action: '*', Resource: '*' })],
  ['an ARN that ends early', policy({ Resource: 'arn:aws:ec2:*' })],
  ['a variable in the resource', policy({ Resource: 'arn:aws:s3:::bucket/${aws:username}/*' })],
  [
    'a tag with a space in its name, as key and as variable',
    condition('StringEquals', "${aws:PrincipalTag/cost center, 'none'}", 'aws:ResourceTag/cost center'),
  ],
  ['a key of an identity provider with dots', condition('StringEquals', 'a', 'cognito-identity.amazonaws.com:sub')],
  ['no condition in Condition', policy({ Condition: {} })],
  [
    'numbers and booleans as values',
    policy({ Condition: { NumericLessThan: { 's3:max-keys': 10 }, Bool: { 'aws:SecureTransport': true } } }),
  ],
  ['what looks like a variable, in 2008-10-17', { ...policy({ Resource: 'arn:aws:s3:::${x' }), Version: '2008-10-17' }],
])('takes %s', (_what, document) => {
  expect(parsePolicy(document, 'p').problems).toEqual([])
})

test.each<[string, unknown, string]>([
  ['no object', 'Allow', 'document: must be a JSON object'],
  ['a list', [RIGHT], 'document: must be a JSON object'],
  ['an unknown version', policy({}, { Version: '2026-01-01' }), 'document: Version must be 2012-10-17 or 2008-10-17'],
  [
    'an unknown element',
    policy({}, { Statements: [] }),
    'document: has an element that is not one of Version, Id, Statement: Statements',
  ],
  ['an id that is no text', policy({}, { Id: 1 }), 'document: Id must be a text'],
  ['no statement', { Version: '2012-10-17' }, 'document: has no Statement'],
  ['an empty list of statements', { Statement: [] }, 'document: has no Statement'],
  ['a statement that is a text', { Statement: 'everything' }, 'Statement.0: must be a JSON object'],
  [
    'an unknown element of a statement',
    policy({ Conditions: {} }),
    'Statement.0: Conditions is not an element of a statement',
  ],
  ['Principal', policy({ Principal: '*' }), 'Statement.0: Principal is not for identity-based policies'],
  ['NotPrincipal', policy({ NotPrincipal: '*' }), 'Statement.0: NotPrincipal is not for identity-based policies'],
  ['an unknown effect', policy({ Effect: 'allow' }), 'Statement.0: Effect must be Allow or Deny'],
  ['a Sid with a space', policy({ Sid: 'read all' }), 'Statement.0: Sid must be letters and digits'],
  [
    'a Sid twice',
    {
      Statement: [
        { ...RIGHT, Sid: 'A' },
        { ...RIGHT, Sid: 'A' },
      ],
    },
    'Statement: Sid is there twice: A',
  ],
  ['no action', policy({ Action: undefined }), 'Statement.0: must have either Action or NotAction'],
  ['both kinds of action', policy({ NotAction: 's3:*' }), 'Statement.0: must have either Action or NotAction'],
  ['an empty list of actions', policy({ Action: [] }), 'Statement.0: Action must not be empty'],
  [
    'an action without a service',
    policy({ Action: 'GetObject' }),
    'Statement.0: Action must be "*" or service:action, without a wildcard for the service: GetObject',
  ],
  [
    'a wildcard for the service',
    policy({ Action: '*:Get' }),
    'Statement.0: Action must be "*" or service:action, without a wildcard for the service: *:Get',
  ],
  [
    'a variable in an action',
    policy({ Action: 's3:${aws:username}' }),
    'Statement.0: Action must be "*" or service:action, without a wildcard for the service: s3:${aws:username}',
  ],
  ['an action that is a number', policy({ Action: 1 }), 'Statement.0: Action must be a text, or a list of texts'],
  ['no resource', policy({ Resource: undefined }), 'Statement.0: must have either Resource or NotResource'],
  ['both kinds of resource', policy({ NotResource: '*' }), 'Statement.0: must have either Resource or NotResource'],
  ['a resource that is no ARN', policy({ Resource: 'bucket' }), 'Statement.0: Resource must be "*" or an ARN: bucket'],
  ['an ARN without a service', policy({ Resource: 'arn:aws' }), 'Statement.0: Resource must be "*" or an ARN: arn:aws'],
  [
    'an ARN with a wildcard for the service',
    policy({ Resource: 'arn:aws:s*:::b' }),
    'Statement.0: Resource must not have a wildcard for the service: arn:aws:s*:::b',
  ],
  [
    'a variable for the account',
    policy({ Resource: 'arn:aws:iam::${aws:PrincipalAccount}:role/x' }),
    'Statement.0: Resource must not have a variable before its fifth colon: arn:aws:iam::${aws:PrincipalAccount}:role/x',
  ],
  [
    'a variable without an end',
    policy({ NotResource: 'arn:aws:s3:::${x', Resource: undefined }),
    'Statement.0: NotResource has a variable without an end: arn:aws:s3:::${x',
  ],
  [
    'a variable that is none',
    policy({ Resource: 'arn:aws:s3:::${username}' }),
    'Statement.0: Resource has a variable that is not understood: ${username}',
  ],
  ['a condition that is a list', policy({ Condition: [] }), 'Statement.0: Condition must be a JSON object'],
  ['an operator without keys', policy({ Condition: { Bool: {} } }), 'Statement.0: Condition.Bool has no condition key'],
  [
    'a key twice',
    policy({ Condition: { Bool: { 'a:b': true, 'A:b': true } } }),
    'Statement.0: Condition.Bool has a key twice: a:b',
  ],
  [
    'what is no key',
    condition('StringEquals', 'a', 'SourceIp'),
    'Statement.0: Condition.StringEquals.SourceIp is not a condition key: SourceIp',
  ],
  [
    'an unknown operator',
    condition('StringMatches', 'a'),
    'Statement.0: Condition.StringMatches.aws:SourceIp is not a condition operator: StringMatches',
  ],
  [
    'an operator in other case',
    condition('stringEquals', 'a'),
    'Statement.0: Condition.stringEquals.aws:SourceIp is not a condition operator: stringEquals',
  ],
  [
    'an unknown set operator',
    condition('ForEveryValue:StringEquals', 'a'),
    'Statement.0: Condition.ForEveryValue:StringEquals.aws:SourceIp is not a condition operator: ForEveryValue:StringEquals',
  ],
  [
    'NullIfExists',
    condition('NullIfExists', 'true'),
    'Statement.0: Condition.NullIfExists.aws:SourceIp is not a condition operator: NullIfExists',
  ],
  [
    'a set operator with Null',
    condition('ForAnyValue:Null', 'true'),
    'Statement.0: Condition.ForAnyValue:Null.aws:SourceIp is not a condition operator: ForAnyValue:Null',
  ],
  [
    'Null with the name of something that every object has',
    condition('Null', 'constructor'),
    'Statement.0: Condition.Null.aws:SourceIp must be true or false: constructor',
  ],
  [
    'Null with another value',
    condition('Null', 'yes'),
    'Statement.0: Condition.Null.aws:SourceIp must be true or false: yes',
  ],
  ['no value', condition('StringEquals', []), 'Statement.0: Condition.StringEquals.aws:SourceIp must not be empty'],
  [
    'a value that is an object',
    condition('StringEquals', {}),
    'Statement.0: Condition.StringEquals.aws:SourceIp must be a text, or a list of texts',
  ],
  [
    'a value that is null',
    condition('StringEquals', null),
    'Statement.0: Condition.StringEquals.aws:SourceIp must be a text, or a list of texts',
  ],
  [
    'what is no number',
    condition('NumericEquals', '1e3'),
    'Statement.0: Condition.NumericEquals.aws:SourceIp must be a number: 1e3',
  ],
  [
    'what is no date',
    condition('DateEquals', 'today'),
    'Statement.0: Condition.DateEquals.aws:SourceIp must be a date: today',
  ],
  [
    'what is no boolean',
    condition('Bool', 'yes'),
    'Statement.0: Condition.Bool.aws:SourceIp must be true or false: yes',
  ],
  [
    'what is no base64',
    condition('BinaryEquals', '?'),
    'Statement.0: Condition.BinaryEquals.aws:SourceIp must be base64: ?',
  ],
  [
    'what is no address',
    condition('IpAddress', '203.0.113.0/33'),
    'Statement.0: Condition.IpAddress.aws:SourceIp must be an IP address or a range: 203.0.113.0/33',
  ],
  [
    'a variable where there is none',
    condition('NumericEquals', '${aws:x}'),
    'Statement.0: Condition.NumericEquals.aws:SourceIp must not have a variable: ${aws:x}',
  ],
  [
    'an ARN of five parts',
    condition('ArnLike', 'arn:aws:s3::*'),
    'Statement.0: Condition.ArnLike.aws:SourceIp must be an ARN of six parts: arn:aws:s3::*',
  ],
])('refuses %s', (_what, document, problem) => {
  expect(parsePolicy(document, 'p')).toEqual({ policy: undefined, problems: [problem] })
})

test('says what is wrong with every statement', () => {
  const { problems } = parsePolicy({ Statement: [{}, RIGHT, { ...RIGHT, Effect: 'Permit' }] }, 'p')
  expect(problems).toEqual(['Statement.0: Effect must be Allow or Deny', 'Statement.2: Effect must be Allow or Deny'])
})
