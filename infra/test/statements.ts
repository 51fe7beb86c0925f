import type { Json, JsonObject } from '../json.ts'
import type { Reference, SynthesizedTemplates } from '../synthesized-templates.ts'

export interface Statement {
  /** The logical id, prefixed with its stack. */
  role: string
  effect: string
  actions: string[]
  resources: string[]
  conditions: JsonObject
}

const listOf = (value: Json | undefined): Json[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

export const readable = ({ name, attribute }: Reference) => (attribute ? `<${name}.${attribute}>` : `<${name}>`)

/** AWS's managed policies are not read. */
export function identityStatements(app: SynthesizedTemplates): Statement[] {
  for (const { logicalId } of app.resources('AWS::IAM::ManagedPolicy'))
    throw new Error(`The statements of the managed policy ${logicalId} are not read: use an inline policy`)
  const attached = app
    .resources('AWS::IAM::Policy')
    .flatMap(({ stack, properties }) =>
      listOf(properties.Roles).flatMap((role) =>
        statementsOf(app, stack, String((role as JsonObject).Ref), properties.PolicyDocument),
      ),
    )
  const inline = app
    .resources('AWS::IAM::Role')
    .flatMap(({ stack, logicalId, properties }) =>
      listOf(properties.Policies).flatMap((policy) =>
        statementsOf(app, stack, logicalId, (policy as JsonObject).PolicyDocument),
      ),
    )
  return [...attached, ...inline]
}

function statementsOf(app: SynthesizedTemplates, stack: string, role: string, document: Json | undefined): Statement[] {
  const { Statement } = app.resolve(stack, document ?? {}, readable) as { Statement: JsonObject[] }
  return Statement.map((statement) => {
    // A statement that only says what it leaves out would not be counted.
    for (const negation of ['NotAction', 'NotResource', 'NotPrincipal'])
      if (statement[negation] !== undefined) throw new Error(`${stack}/${role} uses ${negation}`)
    return {
      role: `${stack}/${role}`,
      effect: String(statement.Effect),
      actions: listOf(statement.Action).map(String),
      resources: listOf(statement.Resource).map(String),
      conditions: (statement.Condition ?? {}) as JsonObject,
    }
  })
}
