interface Statement {
  Effect: string
  Action: string | string[]
  Resource: string | string[]
}

/** The policies that remain without one action on one resource. */
interface Mutation {
  action: string
  resource: string
  rest: Record<string, unknown>[]
}

const listOf = (value: string | string[]) => (Array.isArray(value) ? value : [value])

/** One mutation for each allowed action that matches and each of its resources. */
export function withoutEach(policies: readonly Record<string, unknown>[], actions: RegExp): Mutation[] {
  return policies.flatMap((policy, n) => {
    const statements = policy.Statement as Statement[]
    return statements.flatMap((statement, m) => {
      if (statement.Effect !== 'Allow') return []
      const grants = listOf(statement.Action).flatMap((action) =>
        listOf(statement.Resource).map((resource) => ({ action, resource })),
      )
      return grants
        .filter(({ action }) => actions.test(action))
        .map(({ action, resource }) => {
          const others = grants.filter((grant) => grant.action !== action || grant.resource !== resource)
          const narrower = others.map((grant) => ({ ...statement, Action: grant.action, Resource: grant.resource }))
          const left = { ...policy, Statement: statements.toSpliced(m, 1, ...narrower) }
          return { action, resource, rest: policies.toSpliced(n, 1, left) }
        })
    })
  })
}
