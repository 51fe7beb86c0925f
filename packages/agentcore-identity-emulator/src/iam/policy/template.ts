import { PolicyError } from './policy-error.ts'
import type { RequestContext } from './request-context.ts'

/** `written` text may have wildcards, `literal` text has none. */
export type Part =
  | { kind: 'written' | 'literal'; text: string }
  | { kind: 'variable'; key: string; defaultText: string | undefined }
export type Template = readonly Part[]

const VARIABLE = /^\s*([A-Za-z0-9-]+:[^\s,'{}$]+(?: +[^\s,'{}$]+)*)\s*(?:,\s*'([^']*)'\s*)?$/
const ESCAPES = ['*', '?', '$']

/** Version 2008-10-17, also the default, has no variables: there `${` is plain text. */
export function parseTemplate(text: string, { hasVariables }: { hasVariables: boolean }): Template {
  if (!hasVariables) return [{ kind: 'written', text }]
  const parts: Part[] = []
  let rest = text
  for (let start = rest.indexOf('${'); start >= 0; start = rest.indexOf('${')) {
    const end = rest.indexOf('}', start)
    if (end < 0) throw new PolicyError(`has a variable without an end: ${text}`)
    if (start > 0) parts.push({ kind: 'written', text: rest.slice(0, start) })
    parts.push(parseVariable(rest.slice(start + 2, end)))
    rest = rest.slice(end + 1)
  }
  if (rest !== '' || parts.length === 0) parts.push({ kind: 'written', text: rest })
  return parts
}

function parseVariable(inside: string): Part {
  if (ESCAPES.includes(inside)) return { kind: 'literal', text: inside }
  const [, key, defaultText] = VARIABLE.exec(inside) ?? []
  if (key === undefined) throw new PolicyError(`has a variable that is not understood: \${${inside}}`)
  return { kind: 'variable', key, defaultText }
}

export const hasVariable = (template: Template) => template.some(({ kind }) => kind === 'variable')

/**
 * Undefined when a variable has no default, and its key has no value: nothing matches then (IAM User Guide, "Policy variables with no value"). A
 * list counts as no value: IAM allows no variable for a multivalued key.
 */
export function fillIn(template: Template, context: RequestContext): Exclude<Part, { kind: 'variable' }>[] | undefined {
  const filled: Exclude<Part, { kind: 'variable' }>[] = []
  for (const part of template) {
    if (part.kind !== 'variable') {
      filled.push(part)
      continue
    }
    const value = context(part.key)
    const text = typeof value === 'string' && value !== '' ? value : part.defaultText
    if (text === undefined) return undefined
    filled.push({ kind: 'literal', text })
  }
  return filled
}
