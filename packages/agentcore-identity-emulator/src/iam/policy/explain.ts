import type { Decision, StatementName } from './evaluate.ts'

export function explain(decision: Decision): string {
  switch (decision.result) {
    case 'Allowed':
      return `allowed by ${decision.statements.map(nameOf).join(' and ')}`
    case 'ExplicitlyDenied':
      return `explicitly denied by ${nameOf(decision.statement)}`
    case 'ImplicitlyDenied':
      return `implicitly denied: no statement of ${article[decision.missing]} ${decision.missing} allows it`
  }
}

const article = { 'identity-based policy': 'an', 'permissions boundary': 'the' }

const nameOf = ({ policyType, policy, index, sid }: StatementName) =>
  `statement ${index}${sid === undefined ? '' : ` (${sid})`} of the ${policyType} ${policy}`
