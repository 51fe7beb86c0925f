/** The values of `Ref` and `Fn::GetAtt`. */
export interface Resource {
  id: string
  attributes: Readonly<Record<string, string>>
}

/** References and intrinsic functions are resolved. */
export type Properties = Readonly<Record<string, unknown>>

export type ResourceRequest = { region: string; type: string; properties: Properties } & (
  | { action: 'create' /** Unique; for a resource without a name in its template. */; name: string }
  | ({ action: 'update' } & Resource)
  | { action: 'delete'; id: string }
)

export type Handle = (request: ResourceRequest) => Promise<Resource>

interface Named {
  region: string
  properties: Properties
}

/** Without `update`, a change is accepted and ignored. */
export interface ResourceType {
  create(wanted: Named & { name: string }): Promise<Resource>
  update?(existing: Named & Resource): Promise<Resource>
  delete?(existing: Named & { id: string }): Promise<unknown>
}

/** Only an id, and attributes for references. */
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

/** CloudFormation's names have a capital letter where some APIs have a small one. */
export function uncapitalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(uncapitalized)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.charAt(0).toLowerCase() + key.slice(1), uncapitalized(item)]),
  )
}
