import type { PendingAuthorization } from '@agent-identity/contracts'
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { PROVIDER, SCOPES, UNNAMED } from '../test-support/disconnecting.ts'
import { AN_AUTHORIZATION, startTwoReplicas } from '../test-support/two-replicas.ts'
import { withoutLimit } from '../test-support/without-limit.ts'

const { world, one, other, connected, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterEach(() => void jest.restoreAllMocks())
afterAll(stop)

describe('a new consent', () => {
  test('connects again, and what was not revoked yet is dropped: the vendor would end the new connection with it', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    await connected('second')
    expect(await other.settle()).toBe('settled')
    expect([await one.left(), await one.find()]).toMatchObject([undefined, { status: 'connected', ended: [] }])
    expect(await other.calls.during(UNNAMED, async () => 'called')).toBe('called')
  })

  test('drops it also when an account without a name, which may be the same, is among named ones', async () => {
    world.account = undefined
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    await one.endLate('late', undefined, 'more', 'carol')
    world.account = 'bob'
    await connected('second')
    expect(await one.find()).toMatchObject({ status: 'connected', account: 'bob' })
    expect(await one.left()).toBeUndefined()
  })

  test('that is under way is not disturbed: neither forgotten nor revoked meanwhile', async () => {
    await connected()
    world.read = async () => 'unavailable'
    await one.disconnect()
    const revoked: string[] = []
    world.revoke = async (token) => {
      revoked.push(token)
      return 'revoked'
    }
    // The consent begins while the vault is read.
    world.read = async () => {
      world.isConsenting = true
      world.vault.set(SCOPES, 'second')
      return undefined
    }
    expect(await other.settle()).toEqual({ later: expect.any(Number) })
    expect([revoked, [...world.vault.values()]]).toEqual([[], ['second']])
  })

  test('waits, before its user goes to the vendor, for the step that a replica is at', async () => {
    await connected()
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<'revoked'>()]
    world.revoke = () => {
      asked.resolve()
      return answer.promise
    }
    const ended = one.disconnect()
    await asked.promise
    let isAtRest = false
    const atRest = other.atRest().then(() => {
      isAtRest = true
    })
    await other.settle()
    expect(isAtRest).toBe(false)
    answer.resolve('revoked')
    await Promise.all([ended, atRest])
    expect(await one.find()).toMatchObject({ status: 'disconnected' })
  })

  test('is asked for only after the earlier token was read: a request that starts over takes it out of the vault', async () => {
    await connected()
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<undefined>()]
    world.read = () => {
      asked.resolve()
      return answer.promise
    }
    const ended = one.disconnect()
    await asked.promise
    let isRead = false
    const untilRead = other.untilRead(SCOPES).then((found) => {
      isRead = found
      return found
    })
    expect(await other.untilRead('more')).toBe(true)
    expect(isRead).toBe(false)
    answer.resolve(undefined)
    expect([await untilRead, (await ended)?.outcome]).toEqual([true, 'revoked'])
  })

  test('is asked for only after the token of an earlier consent, bound a moment ago, was read twice: to be connected, and then to be ended', async () => {
    withoutLimit(2_000)
    await connected()
    await one.disconnect()
    const looks = ['bound', 'its connection is superseded', 'its token is read']
    world.findUnchecked = async () => {
      const look = looks.shift()
      if (look === 'bound') return AN_AUTHORIZATION
      if (look === 'its connection is superseded') await other.connect('late', 0)
      else await one.settle()
      return undefined
    }
    expect([await other.untilRead(SCOPES), looks]).toEqual([true, []])
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  })

  test('does not wait for the one that connected it, while its user is asked whether the account may be used', async () => {
    world.vault.set(SCOPES, 'first')
    await one.connect('first', 0, AN_AUTHORIZATION)
    world.findUnchecked = async () => AN_AUTHORIZATION
    expect(await other.untilRead(SCOPES)).toBe(true)
  })

  test('is not asked for, so that its token stays, when a consent for the same has connected while this one waited', async () => {
    const looks = [AN_AUTHORIZATION, undefined]
    world.findUnchecked = async () => {
      if (looks.length === 1) await one.connect('first', 0, AN_AUTHORIZATION)
      return looks.shift()
    }
    expect(await other.untilRead(SCOPES)).toBe(false)
    expect(await one.find()).toMatchObject({ status: 'connected', boundBy: AN_AUTHORIZATION })
    expect(await other.untilRead(SCOPES)).toBe(true)
  })

  test('that begins once the vault has been asked to forget is not revoked', async () => {
    await connected()
    const revoked: string[] = []
    world.revoke = async (token) => {
      revoked.push(token)
      return 'revoked'
    }
    let calls = 0
    world.read = async () => {
      // The second call has the vault forget the entry.
      if (++calls === 2) world.isConsenting = true
      return undefined
    }
    expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
    expect(revoked).toEqual([])
    world.isConsenting = false
    expect(await one.settle()).toBe('settled')
    expect(revoked).toEqual(['first'])
  })

  test('that was asked for before the user disconnected connects nothing, and its token is ended too', async () => {
    await connected()
    await one.disconnect()
    const revoked: string[] = []
    world.revoke = async (token) => {
      revoked.push(token)
      return 'revoked'
    }
    world.vault.set(SCOPES, 'late')
    expect((await other.connect('late', 0)).outcome).toBe('superseded')
    expect(await one.find()).toMatchObject({ status: 'disconnecting' })
    expect(await one.settle()).toBe('settled')
    expect([revoked, await one.find()]).toMatchObject([['late'], { status: 'disconnected' }])
  })
})

describe('a consent that is under way when its user disconnects', () => {
  const open = (status: PendingAuthorization['status'], generation: number) => {
    const record = { status, generation, scopes: SCOPES, provider: PROVIDER, expiresAt: world.now + 1 }
    world.open = [{ id: AN_AUTHORIZATION, record: record as PendingAuthorization }]
  }

  test.each(['pending', 'binding', 'bound', 'unconfirmed'] as const)(
    '%s, to connect again: it connects nothing, and what it bound is ended',
    async (status) => {
      await connected()
      await one.disconnect()
      const revoked: string[] = []
      world.revoke = async (token) => {
        revoked.push(token)
        return 'revoked'
      }
      open(status, 1)
      world.vault.set(SCOPES, 'second')
      expect(await other.disconnect()).toMatchObject({ status: 'disconnected', generation: 2, outcome: 'revoked' })
      expect([revoked, (await one.connect('second', 1)).outcome]).toEqual([['second'], 'superseded'])
      // The authorization is of an earlier generation by now.
      await one.settle()
      expect(await other.disconnect()).toMatchObject({ status: 'disconnected', generation: 2 })
    },
  )

  test.each(['bound', 'unconfirmed'] as const)(
    '%s, the first one, before its connection is written',
    async (status) => {
      open(status, 0)
      world.vault.set(SCOPES, 'first')
      expect(await one.disconnect()).toMatchObject({ status: 'disconnected', generation: 1, outcome: 'revoked' })
      expect((await other.connect('first', 0)).outcome).toBe('superseded')
    },
  )

  test('what was left to revoke before stays to be revoked', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    open('bound', 1)
    world.vault.set(SCOPES, 'second')
    await other.disconnect()
    expect((await one.left())?.tokens.map(({ token }) => token)).toEqual(['first', 'second'])
  })

  test('what became of the token before stays part of the outcome', async () => {
    await connected()
    await one.disconnect({ userSession: undefined })
    open('pending', 1)
    world.vault.clear()
    expect(await one.disconnect()).toMatchObject({ generation: 2, outcome: 'not_revoked' })
  })

  test('that has expired is none', async () => {
    open('pending', 0)
    world.now += 1
    expect(await one.disconnect()).toBeUndefined()
  })
})
