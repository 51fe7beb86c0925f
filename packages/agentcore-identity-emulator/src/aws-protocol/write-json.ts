import { NumberText } from './timestamps.ts'

/** Like JSON.stringify, but it does not call `toJSON`, and timestamps keep their notation. Node 20 does not have JSON.rawJSON. */
export function writeJson(value: unknown): string {
  if (value instanceof NumberText) return value.text
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${writeJson(member)}`).join(',')}}`
}
