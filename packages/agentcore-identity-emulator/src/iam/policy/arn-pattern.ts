import { charactersOf, type Token } from './pattern.ts'
import { PolicyError } from './policy-error.ts'
import type { RequestContext } from './request-context.ts'
import { fillIn, type Template } from './template.ts'

/** The colons in `arn:partition:service:region:account:resource`. */
const COLONS_BEFORE_RESOURCE = 5

type Segments = 'of-resource' | 'of-condition'

/**
 * In Resource, a wildcard matches no colon, except a `*` at the end of its segment (IAM User Guide, "Using wildcards in resource ARNs").
 * ArnLike compares six components; the sixth may hold colons.
 */
export function arnPattern(template: Template, segments: Segments, context: RequestContext): Token[] | undefined {
  const filled = fillIn(template, context)
  if (filled === undefined) return undefined
  let colons = 0
  return filled.flatMap(({ kind, text }, part): Token[] => {
    if (kind === 'literal') return charactersOf(text)
    return Array.from(text, (character, index): Token => {
      if (character === ':') colons += 1
      if (character !== '*' && character !== '?') return { kind: 'character', character }
      const next = text[index + 1]
      const endsSegment = next === ':' || (next === undefined && part === filled.length - 1)
      const acrossColons =
        segments === 'of-condition' ? colons >= COLONS_BEFORE_RESOURCE : character === '*' && endsSegment
      return { kind: character === '*' ? 'many' : 'one', acrossColons }
    })
  })
}

/** AWS completes an ARN of fewer than six components with `*` (IAM User Guide, IAM ARNs). */
export function completeArn(text: string): string {
  const missing = 6 - text.split(':').length
  return text === '*' || missing <= 0 ? text : text + ':*'.repeat(missing)
}

export function requireResource(text: string, template: Template) {
  if (text === '*') return
  const [arn, partition = '', service = ''] = text.split(':')
  if (arn !== 'arn' || partition === '' || service === '') throw new PolicyError(`must be "*" or an ARN: ${text}`)
  if (/[*?]/.test(service)) throw new PolicyError(`must not have a wildcard for the service: ${text}`)
  requireVariablesInResource(text, template)
}

/** How AWS treats an ARN of fewer components in a condition is not documented. */
export function requireSixComponents(text: string, template: Template) {
  const [arn, partition, service] = text.split(':')
  if (text.split(':').length <= COLONS_BEFORE_RESOURCE || arn !== 'arn' || !partition || !service)
    throw new PolicyError(`must be an ARN of six parts: ${text}`)
  requireVariablesInResource(text, template)
}

function requireVariablesInResource(text: string, template: Template) {
  let colons = 0
  for (const part of template) {
    if (part.kind === 'variable' && colons < COLONS_BEFORE_RESOURCE)
      throw new PolicyError(`must not have a variable before its fifth colon: ${text}`)
    if (part.kind === 'written') colons += part.text.split(':').length - 1
  }
}
