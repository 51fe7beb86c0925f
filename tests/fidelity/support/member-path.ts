/** `a~.b` is member b of the union a, alone; `a.[]` is the only item of the list a. */
export function withMember(input: object, path: string, value: unknown): object {
  const copy = structuredClone(input) as Record<string, unknown>
  let parent = copy
  const segments = path.split('.')
  segments.forEach((segment, index) => {
    const name = segment.replace('~', '')
    const key = name === '[]' ? '0' : name
    if (index === segments.length - 1) {
      if (value === undefined) delete parent[key]
      else parent[key] = value
      return
    }
    const isList = segments[index + 1]?.startsWith('[]')
    if (parent[key] === undefined || segment.endsWith('~') || isList) parent[key] = isList ? [] : {}
    parent = parent[key] as Record<string, unknown>
  })
  return copy
}

/** As other AWS services write it: `scopes.1.member` is an item of a list. Of AgentCore Identity, no such message is recorded. */
export const violationName = (path: string) =>
  path
    .split('.')
    .map((segment) => segment.replace('~', '').replace('[]', '1.member'))
    .join('.')
