export type ContextValue = string | readonly string[]
export type ContextVariables = Readonly<Record<string, ContextValue>>
export type RequestContext = (key: string) => ContextValue | undefined

/** Names of condition keys are not case-sensitive. */
export function requestContext(variables: ContextVariables): RequestContext {
  const values = new Map<string, ContextValue>()
  for (const [name, value] of Object.entries(variables)) {
    const key = name.toLowerCase()
    const other = values.get(key)
    values.set(key, other === undefined ? value : [other, value].flat())
  }
  return (key) => values.get(key.toLowerCase())
}
