import { conditionOperators, type Operator, type Test } from './condition-operators.ts'
import { PolicyError } from './policy-error.ts'
import type { RequestContext } from './request-context.ts'
import { parseBoolean } from './typed-values.ts'

export type Condition = (context: RequestContext) => Answer
/** `unknown`: AWS does not document the answer. It counts against the caller. */
export type Answer = 'met' | 'not met' | 'unknown'

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/
type Quantifier = 'ForAllValues' | 'ForAnyValue' | undefined

/** @throws PolicyError */
export function parseCondition(
  name: string,
  key: string,
  values: readonly string[],
  options: { hasVariables: boolean },
): Condition {
  const [, quantifier, operatorName = '', suffix] = OPERATOR.exec(name) ?? []
  // A tag's name may have spaces, and the name of an identity provider has dots.
  if (!/^[A-Za-z0-9.-]+:\S(?:.*\S)?$/.test(key)) throw new PolicyError(`is not a condition key: ${key}`)
  if (name === 'Null') return nullCondition(key, values)
  const operator = conditionOperators.get(operatorName)
  if (operator === undefined) throw new PolicyError(`is not a condition operator: ${name}`)
  const tests = values.map((value) => operator.testFor(value, options))
  return comparison({
    key,
    operator,
    tests,
    quantifier: quantifier as Quantifier,
    ifExists: suffix !== undefined,
  })
}

/** A key that has only empty values counts as absent. */
function nullCondition(key: string, values: readonly string[]): Condition {
  const expected = values.map((value) => {
    const isNull = parseBoolean(value)
    if (isNull === undefined) throw new PolicyError(`must be true or false: ${value}`)
    return isNull
  })
  return (context) => answer(expected.includes(withoutEmpty(context(key)).length === 0))
}

type Comparison = {
  key: string
  operator: Operator
  tests: readonly Test[]
  quantifier: Quantifier
  ifExists: boolean
}

function comparison({ key, operator: { negated }, tests, quantifier, ifExists }: Comparison): Condition {
  return (context) => {
    const actual = context(key)
    const isMet = (value: string) => tests.some((test) => test(value, context)) !== negated
    if (actual === undefined || (typeof actual !== 'string' && actual.length === 0)) {
      return answer(ifExists || quantifier === 'ForAllValues' || (quantifier === undefined && negated))
    }
    if (quantifier === 'ForAllValues') return answer(withoutEmpty(actual).every(isMet))
    if (quantifier === 'ForAnyValue') return answer(withoutEmpty(actual).some(isMet))
    // Multivalued keys "require a condition set operator" (IAM User Guide); the result without one is not documented.
    return typeof actual === 'string' ? answer(isMet(actual)) : 'unknown'
  }
}

/** A null dataset, "such as an empty string", is no member of a set (IAM User Guide, ForAllValues). */
const withoutEmpty = (value: string | readonly string[] = []) => [value].flat().filter((one) => one !== '')

const answer = (isMet: boolean): Answer => (isMet ? 'met' : 'not met')
