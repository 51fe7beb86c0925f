import type { ConnectionId } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { asked, naming, untouched, world } from '../test-support/calling-a-tool.ts'

test('where its user has several accounts a call uses the default one, with the entry of that account', async () => {
  const own = world()
  await own.connect({ account: 'work' })
  const home = await own.connect({ account: 'home' })
  await own.access.connections.makeDefault(own.user, 'github', home.id)
  expect(await own.call({ input: { account: 'work' } })).toMatchObject({ outcome: 'done' })
  expect(own.atAgentCore).toEqual([home.entry?.parameters.connection_label])
})

describe('with another account as the default by now', () => {
  async function withTwo(options: Parameters<typeof world>[0] = {}) {
    const own = world(options)
    const home = await own.connect({ account: 'home' })
    const becomesWork = async () => {
      const { id } = await own.connect({ account: 'work' })
      await own.access.connections.makeDefault(own.user, 'github', id)
    }
    return { own, home, becomesWork }
  }
  const inHome = ({ home }: Record<string, ConnectionId>) => home && { connection: home }

  test('a call that has begun its change keeps to the account in which it has begun', async () => {
    const { own, becomesWork } = await withTwo({ begunIn: inHome })
    await becomesWork()
    expect(await own.call()).toMatchObject({ outcome: 'done' })
    expect(own.ranWith).toEqual([expect.stringContaining('token of home')])
  })

  test('a retry keeps to the account that its consent was asked for, and a new call does not', async () => {
    const { own, home, becomesWork } = await withTwo()
    own.answers.vault = 'authorization-required'
    const id = await asked(own)
    await becomesWork()
    expect(await own.call(naming(id))).toMatchObject({
      outcome: 'consent-needed',
      authorization: { id, connection: home.id },
    })
    own.answers.vault = 'token'
    await own.call()
    expect(own.ranWith).toEqual([expect.stringContaining('token of work')])
  })

  test('a call that waited keeps to the account that it waited for', async () => {
    const { own, becomesWork } = await withTwo({
      async meanwhile(id) {
        await becomesWork()
        own.answers.vault = 'token'
        await own.consent(id, { account: 'home' })
      },
    })
    own.answers.vault = 'authorization-required'
    const id = await asked(own)
    expect(await own.call(naming(id))).toMatchObject({ outcome: 'done', waitedFor: id })
    expect(own.ranWith).toEqual([expect.stringContaining('token of home')])
  })

  test.each([
    ['has been disconnected', 'home'],
    ['is no longer there', undefined],
  ])(
    'a call whose change was made in an account that %s gets its result, and asks for nothing',
    async (_what, ends) => {
      const begun = { connection: 'connection1' as ConnectionId, result: { added: 1 } }
      const { own } = await withTwo({ begunIn: ({ home }) => (home && ends ? { ...begun, connection: home } : begun) })
      if (ends) await own.disconnect(ends)
      expect(await own.call()).toMatchObject({ outcome: 'done', result: { added: 1 }, repeated: true })
      await untouched(own)
    },
  )

  test.each([
    ['has been disconnected', 'home'],
    ['is no longer there', undefined],
  ])('a call whose change was begun in an account that %s asks for nothing, and uses no other', async (_what, ends) => {
    const begunIn: NonNullable<Parameters<typeof world>[0]>['begunIn'] = ({ home }) =>
      ends && home ? { connection: home } : { connection: 'connection1' as ConnectionId }
    const { own, becomesWork } = await withTwo({ begunIn })
    await becomesWork()
    if (ends) await own.disconnect(ends)
    const words = expect.stringMatching(/no longer there.*not known/)
    expect(await own.call()).toEqual({ outcome: 'failed', words })
    await untouched(own)
  })
})
