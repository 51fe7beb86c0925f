/** Keys, channels and commands follow their baselines, in each selector, too (`ACL LIST`): ElastiCache also reports another form than it was given. */
export function asTheEngineSays(access: string): string {
  const [root = '', ...selectors] = access.split(/ ?\((?=.)/)
  const rules = root.split(' ')
  const flags = rules.filter((rule) => /^[a-z-]+$/.test(rule) && rule !== 'resetchannels')
  return [...flags, ordered(rules), ...selectors.map((rest) => `(${ordered(rest.replace(')', '').split(' '))})`)].join(
    ' ',
  )
}

function ordered(rules: readonly string[]): string {
  const of = (...starts: string[]) => rules.filter((rule) => starts.includes(rule.charAt(0)))
  return [...of('~', '%'), 'resetchannels', ...of('&'), '-@all', ...of('+').reverse()].join(' ')
}
