import type { Row } from './row.ts'

/** The id of a row of `authorization-cookie.ts`. */
const TWO_IN_ONE_BROWSER = 'two-authorizations-in-one-browser'

export function recommend(rows: readonly Row[], consentsAtOnce: 'one' | 'many' | undefined): string[] {
  const seen = rows.find(({ id }) => id === TWO_IN_ONE_BROWSER)?.seen
  if (consentsAtOnce === 'one' && seen === 'still comes back')
    return [
      "AgentCore keeps a cookie for each authorization here: set `consentsAtOnce: 'many'` for this stage (infra/stages/), and people are not asked to finish one consent before another.",
    ]
  if (consentsAtOnce === 'many' && seen === 'is lost')
    return [
      "A second authorization takes the first one's cookie away here: set `consentsAtOnce: 'one'` for this stage (infra/stages/), or the first consent ends at AgentCore with an error.",
    ]
  return []
}
