import type { LocalStackOptions } from '@agent-identity/local'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { outcomeOf } from './person.ts'
import { emulatorOf, type Stack, signedIn } from './stack.ts'
import { startStackOfItsOwn } from './stack-of-its-own.ts'

type Habit = NonNullable<LocalStackOptions['signInHabit']>

export function testFlowWith(habit: Habit): void {
  describe(`with a sign-in issuer of ${habit}'s habits`, () => {
    let stack: Stack & { stop(): Promise<void> }
    beforeAll(async () => {
      stack = await startStackOfItsOwn({}, { replicas: 1, signInHabit: habit })
    })
    afterAll(() => stack?.stop())

    test('sign in, ask, consent, bind, answer, sign out', async () => {
      const who = await signedIn(stack)
      const count = await emulatorOf(stack).counting()
      const { stream } = await who.ask('List my repositories')
      const { startUrl } = (await stream.next('authorization_required')).data
      expect(outcomeOf(await who.consent(startUrl))).toBe('bound')
      expect(await stream.answer()).toContain(`repo-of-${who.username}`)
      for (const operation of ['GetWorkloadAccessTokenForJWT', 'GetResourceOauth2Token', 'CompleteResourceTokenAuth'])
        expect(await count(operation)).toBeGreaterThan(0)

      expect((await who.signOut()).status).toBeLessThan(400)
      expect((await who.api('/api/session')).status).toBe(401)
    })
  })
}
