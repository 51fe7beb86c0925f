import { NumberText } from './timestamps.ts'

/**
 * Writes an answer as JSON.stringify does, except that timestamps keep their notation. JSON.stringify can keep it only with JSON.rawJSON, which
 * Node 20 does not have.
 *
 * @param value plain data, whose depth AWS's model limits; `toJSON` is not called
 */
export function writeJson(value: unknown): string {
  if (value instanceof NumberText) return value.text
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${writeJson(member)}`).join(',')}}`
}
