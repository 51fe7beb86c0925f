import type { EventStream } from '../../tests/support/event-stream.ts'
import { Person } from '../../tests/support/person.ts'
import type { BenchStack } from './bench-stack.ts'

/** Gives out the users of the stack in order, each of them once. */
export function peopleOf(stack: BenchStack) {
  const names = stack.users.values()
  return {
    somebody(): Person {
      const { value } = names.next()
      if (!value) throw new Error('The stack has no more people')
      return new Person(stack, value)
    },
    async signedIn(): Promise<Person> {
      const person = this.somebody()
      await person.signIn()
      return person
    },
    /** Signed in, and with the consent that the question needs. */
    async connected(question = QUESTION): Promise<Person> {
      const person = await this.signedIn()
      const { stream } = await person.ask(question)
      const { data } = await stream.next('authorization_required')
      await person.consent(data.startUrl)
      await stream.answer()
      return person
    },
  }
}

/** One tool call, which needs the user's token. */
export const QUESTION = 'List my repositories'
/** The scopes of the question's tool. Other scopes have another entry in the token vault. */
export const SCOPES = ['read:user']

/** @throws Error when the turn or its tool has failed: its time would be that of a failure */
export async function answered(stream: EventStream): Promise<void> {
  const answer = await stream.answer()
  const failure = stream.events.find(
    ({ event, data }) => event === 'error' || (event === 'tool' && data.status === 'failed'),
  )
  if (failure) throw new Error(`A turn has failed: ${answer}`)
}
