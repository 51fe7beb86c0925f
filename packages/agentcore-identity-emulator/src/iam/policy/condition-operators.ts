import { BlockList } from 'node:net'
import { arnPattern, requireSixComponents } from './arn-pattern.ts'
import { charactersOf, matchesPattern, wildcardPattern } from './pattern.ts'
import { PolicyError } from './policy-error.ts'
import type { RequestContext } from './request-context.ts'
import { fillIn, hasVariable, parseTemplate, type Template } from './template.ts'
import { parseAddresses, parseBinary, parseBoolean, parseDate, parseNumber } from './typed-values.ts'

export type Test = (actual: string, context: RequestContext) => boolean
type Options = { hasVariables: boolean }
/** `negated`: the test must fail for every value of the policy. */
export type Operator = { negated: boolean; testFor(value: string, options: Options): Test }

function text(match: (actual: string, template: Template, context: RequestContext) => boolean) {
  return (value: string, options: Options): Test => {
    const template = parseTemplate(value, options)
    return (actual, context) => match(actual, template, context)
  }
}

function equalText(fold: (text: string) => string) {
  return text((actual, template, context) => {
    const filled = fillIn(template, context)
    return filled !== undefined && fold(filled.map((part) => part.text).join('')) === fold(actual)
  })
}

const likeText = text((actual, template, context) => {
  const tokens = fillIn(template, context)?.flatMap((part) =>
    part.kind === 'written' ? wildcardPattern(part.text) : charactersOf(part.text),
  )
  return tokens !== undefined && matchesPattern(tokens, actual)
})

function likeArn(value: string, options: Options): Test {
  const template = parseTemplate(value, options)
  requireSixComponents(value, template)
  return (actual, context) => {
    const pattern = arnPattern(template, 'of-condition', context)
    return pattern !== undefined && matchesPattern(pattern, actual)
  }
}

/** Variables are allowed only in texts and ARNs (IAM User Guide, "Where you can use policy variables"). */
function typed<T>(kind: string, parse: (text: string) => T | undefined, compare: (actual: T, expected: T) => boolean) {
  return (value: string, options: Options): Test => {
    if (hasVariable(parseTemplate(value, options))) throw new PolicyError(`must not have a variable: ${value}`)
    const expected = parse(value)
    if (expected === undefined) throw new PolicyError(`must be ${kind}: ${value}`)
    return (text) => {
      const actual = parse(text)
      return actual !== undefined && compare(actual, expected)
    }
  }
}

const number = (compare: (actual: number, expected: number) => boolean) => typed('a number', parseNumber, compare)
const date = (compare: (actual: number, expected: number) => boolean) => typed('a date', parseDate, compare)
const addresses = typed('an IP address or a range', parseAddresses, (actual, { address, family, prefix }) => {
  const range = new BlockList()
  range.addSubnet(address, prefix, family)
  return family === actual.family && prefix <= actual.prefix && range.check(actual.address, family)
})

const is = (testFor: Operator['testFor']): Operator => ({ negated: false, testFor })
const not = (testFor: Operator['testFor']): Operator => ({ negated: true, testFor })

const exact = equalText((text) => text)
const ignoringCase = equalText((text) => text.toLowerCase())

/** Without Null, which tests the key and not its value. */
export const conditionOperators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    StringEquals: is(exact),
    StringNotEquals: not(exact),
    StringEqualsIgnoreCase: is(ignoringCase),
    StringNotEqualsIgnoreCase: not(ignoringCase),
    StringLike: is(likeText),
    StringNotLike: not(likeText),
    NumericEquals: is(number((actual, expected) => actual === expected)),
    NumericNotEquals: not(number((actual, expected) => actual === expected)),
    NumericLessThan: is(number((actual, expected) => actual < expected)),
    NumericLessThanEquals: is(number((actual, expected) => actual <= expected)),
    NumericGreaterThan: is(number((actual, expected) => actual > expected)),
    NumericGreaterThanEquals: is(number((actual, expected) => actual >= expected)),
    DateEquals: is(date((actual, expected) => actual === expected)),
    DateNotEquals: not(date((actual, expected) => actual === expected)),
    DateLessThan: is(date((actual, expected) => actual < expected)),
    DateLessThanEquals: is(date((actual, expected) => actual <= expected)),
    DateGreaterThan: is(date((actual, expected) => actual > expected)),
    DateGreaterThanEquals: is(date((actual, expected) => actual >= expected)),
    Bool: is(typed('true or false', parseBoolean, (actual, expected) => actual === expected)),
    BinaryEquals: is(typed('base64', parseBinary, (actual, expected) => actual === expected)),
    IpAddress: is(addresses),
    NotIpAddress: not(addresses),
    ArnEquals: is(likeArn),
    ArnLike: is(likeArn),
    ArnNotEquals: not(likeArn),
    ArnNotLike: not(likeArn),
  }),
)
