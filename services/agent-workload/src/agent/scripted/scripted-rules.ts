import type { Scripted } from '@agent-identity/provider-kit'

export interface Decision {
  text: string
  calls: ToolCall[]
}

export interface ToolCall {
  name: string
  input: Record<string, string>
}

export function decide(sentence: string, tools: ReadonlySet<string>, scripted: Scripted): Decision {
  const found: { at: number; call: ToolCall }[] = []
  // "…, in account bob@example.com" is for every call of the sentence.
  const [inAccount = '', account] = IN_ACCOUNT.exec(sentence) ?? []
  let rest = sentence.replace(inAccount, ' '.repeat(inAccount.length))
  const quotingFirst = Object.entries(scripted).sort(([, one], [, other]) => rank(one) - rank(other))
  for (const [name, { request, input = (groups: Record<string, string>) => groups }] of quotingFirst) {
    const match = request.exec(rest)
    if (!match) continue
    found.push({ at: match.index, call: { name, input: input(unquoted(match.groups)) } })
    // Later rules get only the rest of the text: a title is not a request.
    rest = rest.replace(match[0], (whole) => ' '.repeat(whole.length))
  }
  const calls = found
    .sort((one, other) => one.at - other.at)
    .map(({ call: { name, input } }) => ({ name, input: account === undefined ? input : { ...input, account } }))
  if (calls.length === 0) {
    const asked = /\b(?:what can you|help)\b/i.test(sentence)
    return {
      text: `${asked ? '' : 'I am sorry, I understand a few sentences only. '}${whatICanDo(tools, scripted)}`,
      calls,
    }
  }
  if (calls.some(({ name }) => !tools.has(name)))
    return { text: `I cannot do that here. ${whatICanDo(tools, scripted)}`, calls: [] }
  return { text: 'Let me see.', calls }
}

const IN_ACCOUNT = /,? (?:in|with|from) (?:my |the )?account (\S*\w)/i

const rank = ({ quotes }: { quotes?: boolean }) => (quotes ? 0 : 1)

const unquoted = (groups: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(groups ?? {}).map(([name, value]) => [name, value.replace(/^["'“](.*)["'”]$/, '$1').trim()]),
  )

function whatICanDo(tools: ReadonlySet<string>, scripted: Scripted): string {
  const abilities = Object.entries(scripted).flatMap(([tool, { ability }]) => (tools.has(tool) ? [ability] : []))
  const last = abilities.pop()
  if (last === undefined) return 'There is nothing I can do here: no service is switched on.'
  return `I can ${abilities.length > 0 ? `${abilities.join(', ')}, and ${last}` : last}.`
}
