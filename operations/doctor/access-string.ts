/** ElastiCache and the engine return the rules of an access string in another order, and name the baseline of each selector. */
export const isSameAccess = (one: string, other: string): boolean => apply(one) === apply(other)

/** Applies the rules from left to right, as `ACL SETUSER` does. A rule that our strings never have stays as it is, and makes a difference. */
function apply(access: string): string {
  const rules = new Set<string>()
  const forget = (kind: RegExp) => {
    for (const rule of rules) if (kind.test(rule)) rules.delete(rule)
  }
  for (const [rule] of access.matchAll(/\([^)]*\)|\S+/g)) {
    if (rule === '-@all') forget(/^[+-]/)
    else if (rule === 'resetchannels') forget(/^&/)
    else if (rule.startsWith('(')) rules.add(`(${apply(rule.slice(1, -1))})`)
    // The engine's default.
    else if (rule !== 'sanitize-payload') rules.add(rule)
  }
  return [...rules].sort().join(' ')
}
