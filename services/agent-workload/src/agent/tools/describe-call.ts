import { type CallToConfirm, CONFIRMATION_VALUE_LENGTH } from '@agent-identity/contracts'
import type { OfferedTool } from '@agent-identity/tools'

export function describeCall(
  { name: tool, provider }: Pick<OfferedTool, 'name' | 'provider'>,
  input: unknown,
): CallToConfirm {
  const members = Object.entries((input ?? {}) as Record<string, unknown>).filter(([, value]) => value !== undefined)
  return {
    tool,
    displayName: provider.displayName,
    details: members.map(([name, value]) => ({ name, ...shortened(visible(textOf(value))) })),
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Shows invisible characters: users confirm what the vendor will get. With 256 variation selectors any byte can be encoded invisibly. */
function visible(text: string): string {
  return text
    .replaceAll(/\r\n?|\n/g, ' ↵ ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu, '\uFFFD')
}

function shortened(text: string): { value: string; more?: number } {
  const characters = [...text]
  const more = characters.length - CONFIRMATION_VALUE_LENGTH
  return more <= 0 ? { value: text } : { value: characters.slice(0, CONFIRMATION_VALUE_LENGTH).join(''), more }
}
