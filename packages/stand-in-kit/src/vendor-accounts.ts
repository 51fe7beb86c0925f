import { type People, type Person, subjectOf } from './people.ts'

export interface VendorAccounts extends People {
  accountsOf(subject: string): readonly Person[]
}

/** Each user has a second account, such as `alice-home`, with the same password. */
export function createVendorAccounts(people: People): VendorAccounts {
  const pairs = people.all.map((one) => [one, secondOf(one)] as const)
  const all = pairs.flat()
  const byUsername = new Map(all.map((one) => [one.username, one]))
  const bySubject = new Map(pairs.flatMap((pair) => pair.map((one) => [one.subject, { one, pair }] as const)))
  return {
    all,
    withUsername: (username) => byUsername.get(username),
    withSubject: (subject) => bySubject.get(subject)?.one,
    withPassword: (username, password) => {
      const found = byUsername.get(username)
      return found?.password === password ? found : undefined
    },
    accountsOf: (subject) => bySubject.get(subject)?.pair ?? [],
  }
}

function secondOf(person: Person): Person {
  const username = `${person.username}-home`
  const email = `${username}@example.com`
  return { ...person, username, email, subject: subjectOf(username), name: `${person.name} at home`, groups: [] }
}
