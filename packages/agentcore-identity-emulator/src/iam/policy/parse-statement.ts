import { arnPattern, completeArn, requireResource } from './arn-pattern.ts'
import { type Condition, parseCondition } from './condition.ts'
import { matchesPattern, wildcardPattern } from './pattern.ts'
import { PolicyError } from './policy-error.ts'
import type { RequestContext } from './request-context.ts'
import { hasVariable, parseTemplate } from './template.ts'

export type Statement = {
  sid: string | undefined
  effect: 'Allow' | 'Deny'
  isForAction(action: string): boolean
  isForResource(resource: string, context: RequestContext): boolean
  conditions: readonly Condition[]
}

type Options = { hasVariables: boolean }
type Elements = Record<string, unknown>

const ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

/** @throws PolicyError */
export function parseStatement(input: unknown, options: Options): Statement {
  const elements = requireObject(input, 'must be a JSON object')
  for (const name of Object.keys(elements)) {
    if (ELEMENTS.includes(name)) continue
    const why = /^(Not)?Principal$/.test(name)
      ? 'is not for identity-based policies'
      : 'is not an element of a statement'
    throw new PolicyError(`${name} ${why}`)
  }
  const { Sid: sid, Effect: effect } = elements
  if (sid !== undefined && !(typeof sid === 'string' && /^[A-Za-z0-9]*$/.test(sid)))
    throw new PolicyError('Sid must be letters and digits')
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyError('Effect must be Allow or Deny')
  return {
    sid,
    effect,
    isForAction: parseActions(elements),
    isForResource: parseResources(elements, options),
    conditions: parseConditions(elements.Condition, options),
  }
}

function parseActions(elements: Elements): Statement['isForAction'] {
  const { name, values } = eitherOf(elements, 'Action', 'NotAction')
  const patterns = values.map((value) => {
    if (value !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(value))
      throw new PolicyError(`${name} must be "*" or service:action, without a wildcard for the service: ${value}`)
    return wildcardPattern(value.toLowerCase())
  })
  const wanted = name === 'Action'
  return (action) => patterns.some((pattern) => matchesPattern(pattern, action.toLowerCase())) === wanted
}

/** An ARN with a variable without a value matches no resource, also in NotResource. */
function parseResources(elements: Elements, options: Options): Statement['isForResource'] {
  const { name, values } = eitherOf(elements, 'Resource', 'NotResource')
  const patterns = values.map((given) =>
    within(name, () => {
      const value = completeArn(given)
      const template = parseTemplate(value, options)
      requireResource(given, template)
      const patternFor = (context: RequestContext) => arnPattern(template, 'of-resource', context)
      if (hasVariable(template)) return patternFor
      const pattern = patternFor(() => undefined)
      return () => pattern
    }),
  )
  const wanted = name === 'Resource'
  return (resource, context) =>
    patterns.some((patternFor) => {
      const pattern = patternFor(context)
      return pattern !== undefined && matchesPattern(pattern, resource)
    }) === wanted
}

function parseConditions(input: unknown, options: Options): Condition[] {
  if (input === undefined) return []
  return Object.entries(requireObject(input, 'Condition must be a JSON object')).flatMap(([operator, block]) => {
    const entries = Object.entries(requireObject(block, `Condition.${operator} must be a JSON object`))
    if (entries.length === 0) throw new PolicyError(`Condition.${operator} has no condition key`)
    const keys = entries.map(([key]) => key.toLowerCase())
    const repeated = keys.find((key, index) => keys.indexOf(key) !== index)
    if (repeated !== undefined) throw new PolicyError(`Condition.${operator} has a key twice: ${repeated}`)
    return entries.map(([key, values]) => {
      const where = `Condition.${operator}.${key}`
      return within(where, () => parseCondition(operator, key, requireTexts(values, ['number', 'boolean']), options))
    })
  })
}

function eitherOf(elements: Elements, positive: string, negative: string) {
  const names = [positive, negative].filter((name) => elements[name] !== undefined)
  const [name] = names
  if (name === undefined || names.length > 1) throw new PolicyError(`must have either ${positive} or ${negative}`)
  return { name, values: within(name, () => requireTexts(elements[name])) }
}

function requireTexts(input: unknown, alsoTaken: readonly string[] = []): string[] {
  const values: unknown[] = [input].flat()
  if (values.length === 0) throw new PolicyError('must not be empty')
  return values.map((value) => {
    if (typeof value !== 'string' && !alsoTaken.includes(typeof value))
      throw new PolicyError('must be a text, or a list of texts')
    return String(value)
  })
}

function requireObject(input: unknown, problem: string): Elements {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new PolicyError(problem)
  return input as Elements
}

function within<T>(where: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw error instanceof PolicyError ? new PolicyError(`${where} ${error.message}`) : error
  }
}
