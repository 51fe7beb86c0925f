import { describe, expect, test } from '@jest/globals'
import { parseCondition } from './condition.ts'
import { type ContextVariables, requestContext } from './request-context.ts'

type Values = string | string[]
const KEY = 'example:Key'

function answerOf(operator: string, values: Values, actual: Values | undefined, others: ContextVariables = {}) {
  const condition = parseCondition(operator, KEY, [values].flat(), { hasVariables: true })
  return condition(requestContext({ ...others, ...(actual === undefined ? {} : { 'EXAMPLE:key': actual }) }))
}

/** IAM User Guide, "Condition operators". Undefined: the request does not have the key. */
describe.each<[string, Values, met: Values[], notMet: (Values | undefined)[]]>([
  ['StringEquals', 'a', ['a'], ['A', 'ab', '', undefined]],
  ['StringEquals', ['a', 'b'], ['a', 'b'], ['c']],
  ['StringEquals', 'a*', ['a*'], ['ab']],
  ['StringEqualsIgnoreCase', 'aB', ['ab', 'AB'], ['a', undefined]],
  ['StringLike', 't?.*', ['t1.', 't2.micro'], ['t.micro', 'T1.x', 't12.x', undefined]],
  ['StringLike', '*', ['', 'a', 'a:b/c'], [undefined]],
  ['StringLike', 'a*b*c', ['abc', 'a-b-c', 'abbcc'], ['ab', 'acb']],
  ['NumericEquals', '10', ['10', '10.0'], ['11', 'ten', '', undefined]],
  ['NumericLessThan', '10', ['9.5', '-1'], ['10', '1e3', undefined]],
  ['NumericLessThanEquals', '10', ['10'], ['10.1']],
  ['NumericGreaterThan', '10', ['11'], ['10', undefined]],
  ['NumericGreaterThanEquals', '10', ['10'], ['9']],
  ['DateEquals', '2020-01-01T00:00:01Z', ['2020-01-01T01:00:01+01:00', '1577836801'], ['2020-01-01', undefined]],
  ['DateLessThan', '2020-01-01', ['2019-12-31T23:59:59Z'], ['2020-01-01T00:00:00Z', 'yesterday', undefined]],
  ['DateLessThanEquals', '2020', ['2020-01-01T00:00Z'], ['2020-01-01T00:00:01Z']],
  ['DateGreaterThan', '2020-01-01T00:00:01Z', ['2020-01-01T00:00:02Z'], ['2020-01-01T00:00:01Z', undefined]],
  ['DateGreaterThanEquals', '1577836801', ['2020-01-01T00:00:01Z'], ['1577836800']],
  ['Bool', 'false', ['false'], ['true', 'no', undefined]],
  ['Bool', ['true', 'false'], ['true', 'false'], ['', undefined]],
  ['BinaryEquals', 'QmluYXJ5', ['QmluYXJ5'], ['QmluYXJ6', 'Binary', undefined]],
  ['IpAddress', '203.0.113.0/24', ['203.0.113.1', '203.0.113.128/25'], ['198.51.100.1', '203.0.0.0/16', undefined]],
  ['IpAddress', '203.0.113.7', ['203.0.113.7'], ['203.0.113.8', '::ffff:203.0.113.7']],
  ['IpAddress', ['203.0.113.0/24', '2001:DB8:1234:5678::/64'], ['2001:db8:1234:5678::1'], ['2001:db8:1234:5679::1']],
  ['ArnEquals', 'arn:aws:sns:us-west-2:1:T', ['arn:aws:sns:us-west-2:1:T'], ['arn:aws:sns:us-west-2:2:T', undefined]],
  ['ArnLike', 'arn:aws:sns:*:1:T?', ['arn:aws:sns:eu:1:Ta'], ['arn:aws:sns:eu:x:1:Ta', 'arn:aws:sns:eu:1:T', 'T1']],
  ['ArnLike', 'arn:aws:logs:*:*:log-group:*', ['arn:aws:logs:eu:1:log-group:a:b'], ['arn:aws:logs:eu:1:other']],
])('%s %j', (operator, values, met, notMet) => {
  test.each(met)('is met by %j', (actual) => {
    expect(answerOf(operator, values, actual)).toBe('met')
  })
  test.each(notMet.map((actual) => [actual]))('is not met by %j', (actual) => {
    expect(answerOf(operator, values, actual)).toBe('not met')
  })
})

describe('a negated operator', () => {
  test.each<[string, Values, met: (string | undefined)[], notMet: string[]]>([
    ['StringNotEquals', ['a', 'b'], ['c', 'A', '', undefined], ['a', 'b']],
    ['StringNotEqualsIgnoreCase', 'a', ['b', undefined], ['A']],
    ['StringNotLike', 'a*', ['ba', undefined], ['ab']],
    ['NumericNotEquals', '1', ['2', undefined], ['1.0']],
    ['DateNotEquals', '2020', ['2021', undefined], ['2020-01-01']],
    ['NotIpAddress', '203.0.113.0/24', ['198.51.100.1', undefined], ['203.0.113.1']],
    ['ArnNotEquals', 'arn:aws:sns:*:1:T', ['arn:aws:sns:eu:2:T', undefined], ['arn:aws:sns:eu:1:T']],
    ['ArnNotLike', 'arn:aws:sns:*:1:T', ['T', undefined], ['arn:aws:sns:eu:1:T']],
  ])('%s %j is met when no value matches, and when the key is absent', (operator, values, met, notMet) => {
    expect(met.map((actual) => answerOf(operator, values, actual))).toEqual(met.map(() => 'met'))
    expect(notMet.map((actual) => answerOf(operator, values, actual))).toEqual(notMet.map(() => 'not met'))
  })
})

describe('IfExists', () => {
  test.each<[string, Values | undefined, string]>([
    ['StringEqualsIfExists', undefined, 'met'],
    ['StringEqualsIfExists', 'a', 'met'],
    ['StringEqualsIfExists', 'b', 'not met'],
    ['StringEqualsIfExists', '', 'not met'],
    ['StringNotEqualsIfExists', undefined, 'met'],
    ['StringNotEqualsIfExists', 'a', 'not met'],
    ['ForAnyValue:StringEqualsIfExists', undefined, 'met'],
    ['ForAnyValue:StringEqualsIfExists', ['b'], 'not met'],
    ['ForAllValues:StringEqualsIfExists', undefined, 'met'],
  ])('%s "a", the request has %j: %s', (operator, actual, expected) => {
    expect(answerOf(operator, 'a', actual)).toBe(expected)
  })
})

describe('set operators, for keys with many values', () => {
  test.each<[string, Values, Values | undefined, string]>([
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], 'met'],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], 'not met'],
    ['ForAllValues:StringEquals', ['a', 'b'], 'a', 'met'],
    ['ForAllValues:StringEquals', 'a', undefined, 'met'],
    ['ForAllValues:StringEquals', 'a', [], 'met'],
    ['ForAllValues:StringEquals', 'a', '', 'met'],
    ['ForAllValues:StringNotLike', 'key1*', ['key1:legal'], 'not met'],
    ['ForAllValues:StringNotLike', 'key1*', ['key1:hr', 'key2'], 'not met'],
    ['ForAllValues:StringNotLike', 'key1*', ['key2:audit'], 'met'],
    ['ForAllValues:StringNotLike', 'key1*', undefined, 'met'],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], 'met'],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'd'], 'not met'],
    ['ForAnyValue:StringEquals', 'a', undefined, 'not met'],
    ['ForAnyValue:StringEquals', 'a', [], 'not met'],
    ['ForAnyValue:StringLike', '*', '', 'not met'],
    ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], 'met'],
    ['ForAnyValue:StringNotEquals', 'a', ['a'], 'not met'],
    ['ForAnyValue:StringNotEquals', 'a', undefined, 'not met'],
    ['ForAnyValue:NumericLessThan', '3', ['5', '1'], 'met'],
    ['ForAllValues:Bool', 'true', ['true', 'false'], 'not met'],
  ])('%s %j, the request has %j: %s', (operator, values, actual, expected) => {
    expect(answerOf(operator, values, actual)).toBe(expected)
  })

  test.each(['StringEquals', 'StringNotEquals', 'StringLike'])(
    '%s alone has no defined result for a list',
    (operator) => {
      expect(answerOf(operator, 'a', ['a'])).toBe('unknown')
    },
  )
})

describe('Null', () => {
  test.each<[string, Values | undefined, string]>([
    ['true', undefined, 'met'],
    ['true', 'a', 'not met'],
    ['false', undefined, 'not met'],
    ['false', ['a'], 'met'],
    ['false', [], 'not met'],
    ['false', '', 'not met'],
  ])('"%s", the request has %j: %s', (value, actual, expected) => {
    expect(answerOf('Null', value, actual)).toBe(expected)
  })
})

describe('variables', () => {
  const TEAM = { 'aws:PrincipalTag/team': 'red' }
  test.each<[string, string, ContextVariables, Values, string]>([
    ['StringEquals', '${aws:PrincipalTag/team}', TEAM, 'red', 'met'],
    ['StringEquals', '${AWS:principaltag/TEAM}', TEAM, 'red', 'met'],
    ['StringEquals', 'team-${aws:PrincipalTag/team}!', TEAM, 'team-red!', 'met'],
    ['StringEquals', "${aws:PrincipalTag/team, 'blue'}", TEAM, 'red', 'met'],
    ['StringEquals', "${aws:PrincipalTag/team, 'blue'}", {}, 'blue', 'met'],
    ['StringLike', "${aws:PrincipalTag/team, 'b*'}", {}, 'blue', 'not met'],
    ['StringEquals', '${aws:PrincipalTag/team}', {}, '${aws:PrincipalTag/team}', 'not met'],
    ['StringLike', '*${aws:PrincipalTag/team}', {}, 'red', 'not met'],
    ['StringNotEquals', '${aws:PrincipalTag/team}', {}, 'red', 'met'],
    ['StringEquals', '${aws:PrincipalTag/team}', { 'aws:PrincipalTag/team': '' }, '', 'not met'],
    ['StringEquals', '${aws:TagKeys}', { 'aws:TagKeys': ['red'] }, 'red', 'not met'],
    ['StringLike', '${aws:PrincipalTag/team}', { 'aws:PrincipalTag/team': '*' }, 'anything', 'not met'],
    ['StringLike', 'a${*}${?}${$}', {}, 'a*?$', 'met'],
    ['StringLike', 'a${*}', {}, 'ab', 'not met'],
    ['StringEquals', '${aws:PrincipalTag/team}', { 'aws:PrincipalTag/team': '${*}' }, '${*}', 'met'],
    ['ArnLike', 'arn:aws:iam::1:role/${aws:PrincipalTag/team}-*', TEAM, 'arn:aws:iam::1:role/red-1', 'met'],
    ['ArnLike', 'arn:aws:iam::1:role/${aws:PrincipalTag/team}', {}, 'arn:aws:iam::1:role/red', 'not met'],
  ])('%s %j, with %j and %j: %s', (operator, value, variables, actual, expected) => {
    expect(answerOf(operator, value, actual, variables)).toBe(expected)
  })

  test('are plain text in version 2008-10-17', () => {
    const condition = parseCondition('StringEquals', KEY, ['${aws:username}'], { hasVariables: false })
    expect(condition(requestContext({ [KEY]: '${aws:username}' }))).toBe('met')
  })
})

test('two keys that differ in case only are one key with two values', () => {
  const context = requestContext({ 'aws:ResourceTag/Team': 'a', 'aws:ResourceTag/team': 'b' })
  expect(context('AWS:RESOURCETAG/TEAM')).toEqual(['a', 'b'])
})
