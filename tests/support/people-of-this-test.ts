import { subjectOf } from '@agent-identity/stand-in-kit/people'
import type { Stack } from './stack-shape.ts'
import { thisTest, WHOLE_FILE } from './this-test.ts'

/** Background work for the user of an earlier test must not count for the next test. */
const testOf = new Map<string, symbol>()

/** Stacks have users with the same names. */
type At = Pick<Stack, 'agentcoreIdentity' | 'users'>
const nameOf = ({ agentcoreIdentity }: At, subject: string) => `${agentcoreIdentity} ${subject}`

export function actsInThisTest(stack: At, username: string): void {
  testOf.set(nameOf(stack, subjectOf(username)), thisTest())
}

/** @param user a subject, or a user id that ends in one */
export function mayBeOfThisTest(stack: At, user: string | null): boolean {
  if (user === null) return true
  const subject = user.slice(user.lastIndexOf('+') + 1)
  const test = testOf.get(nameOf(stack, subject))
  return test === thisTest() || test === WHOLE_FILE || !subjectsOf(stack).has(subject)
}

const known = new Map<string, Set<string>>()
function subjectsOf({ agentcoreIdentity, users }: At): Set<string> {
  const subjects = known.get(agentcoreIdentity) ?? new Set(users.map(({ username }) => subjectOf(username)))
  known.set(agentcoreIdentity, subjects)
  return subjects
}
