import { createHash } from 'node:crypto'

export interface Person {
  username: string
  password: string
  /** The OIDC subject, the same in every run. */
  subject: string
  name: string
  email: string
  /** As in Cognito's `cognito:groups`. */
  groups: readonly string[]
}

export interface People {
  all: readonly Person[]
  withUsername(username: string): Person | undefined
  withSubject(subject: string): Person | undefined
  withPassword(username: string, password: string): Person | undefined
}

export const ADMINISTRATORS = 'administrators'
const ALICE = person('alice')
const BOB = person('bob')
const CAROL = { ...person('carol'), groups: [ADMINISTRATORS] }

export function createPeople(extraUsernames: readonly string[] = []): People {
  const all = [ALICE, BOB, CAROL, ...extraUsernames.map(person)]
  const byUsername = new Map(all.map((one) => [one.username, one]))
  const bySubject = new Map(all.map((one) => [one.subject, one]))
  if (byUsername.size < all.length) throw new Error('Two people have the same username.')
  return {
    all,
    withUsername: (username) => byUsername.get(username),
    withSubject: (subject) => bySubject.get(subject),
    withPassword: (username, password) => {
      const found = byUsername.get(username)
      return found?.password === password ? found : undefined
    },
  }
}

function person(username: string): Person {
  if (!/^[a-z][a-z0-9-]{0,38}$/.test(username))
    throw new Error(`"${username}" is no username: 1 to 39 of a-z, 0-9 and hyphens, a letter first.`)
  return {
    username,
    password: `${username}-local-password`,
    subject: subjectOf(username),
    name: username.charAt(0).toUpperCase() + username.slice(1),
    email: `${username}@example.com`,
    groups: [],
  }
}

/** A UUID from a hash, marked as version 8 (RFC 9562 §5.8: vendor-specific). */
export function subjectOf(username: string): string {
  const hex = createHash('sha256').update(`local subject ${username}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
