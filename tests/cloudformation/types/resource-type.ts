/** What CloudFormation has of a resource: what `Ref` gives, and what `Fn::GetAtt` gives. */
export interface Resource {
  id: string
  attributes: Readonly<Record<string, string>>
}

/** With every reference and every intrinsic function worked out. */
export type Properties = Readonly<Record<string, unknown>>

export type ResourceRequest = { region: string; type: string; properties: Properties } & (
  | { action: 'create' /** A unique one, for a resource that was not given any. */; name: string }
  | ({ action: 'update' } & Resource)
  | { action: 'delete'; id: string }
)

export type Handle = (request: ResourceRequest) => Promise<Resource>

interface Named {
  region: string
  properties: Properties
}

/** What CloudFormation asks of a type. Without `update`, a change is accepted and changes nothing. */
export interface ResourceType {
  create(wanted: Named & { name: string }): Promise<Resource>
  update?(existing: Named & Resource): Promise<Resource>
  delete?(existing: Named & { id: string }): Promise<unknown>
}

/** A type that is only a name here: it has an id and attributes that others refer to. */
export function nameOnly(
  given: { id?: string; attributes?: (id: string) => Record<string, string> } = {},
): ResourceType {
  return {
    create: async ({ name, properties }) => {
      const id = given.id === undefined ? name : String(properties[given.id] ?? name)
      return { id, attributes: given.attributes?.(id) ?? {} }
    },
  }
}

/** CloudFormation writes a capital where most APIs write a small letter, in every member's name. */
export function uncapitalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(uncapitalized)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.charAt(0).toLowerCase() + key.slice(1), uncapitalized(item)]),
  )
}
