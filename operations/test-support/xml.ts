export interface Repeated {
  name: string
  items: readonly unknown[]
}

const REPEATED = Symbol('repeated')

export const repeated = (name: string, items: readonly unknown[]) => ({ [REPEATED]: { name, items } })

/** The items of an array become `member` elements, as in the Query protocol; those of `repeated` have the name that it is given. */
export function toXml(content: unknown): string {
  if (Array.isArray(content)) return elements({ name: 'member', items: content })
  if (typeof content !== 'object' || content === null) return escaped(String(content))
  const list = (content as { [REPEATED]?: Repeated })[REPEATED]
  if (list) return elements(list)
  return Object.entries(content)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => element(name, value))
    .join('')
}

const elements = ({ name, items }: Repeated) => items.map((item) => element(name, item)).join('')
const element = (name: string, value: unknown) => `<${name}>${toXml(value)}</${name}>`

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
