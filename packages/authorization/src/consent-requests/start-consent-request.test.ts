import type { ConnectionId, PendingAuthorization, UserRef } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { at, consentRequestsOfTest, laptop, phone, required } from '../test-support/consent-requests.ts'
import { waiterOf } from './waiting-consent-requests.ts'

const world = await consentRequestsOfTest()
afterAll(world.stop)
beforeEach(world.anotherUser)

describe('the start', () => {
  test('makes an authorization of the user session that opens it, with the scopes that were asked for', async () => {
    const { id } = await world.asked()
    const story = world.start(required(laptop))
    expect(await story.run(id, laptop)).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect(story.requests).toEqual([
      {
        generation: 0,
        hint: undefined,
        named: undefined,
        parameters: {},
        userSession: laptop,
        user: world.alice.ref,
        provider: 'google-calendar',
        scopes: ['calendar.readonly'],
        forceAuthentication: true,
        requestId: 'start',
        consentRequestId: id,
      },
    ])
    // The request joins before it follows the authorization, and after that.
    expect(story.joined).toEqual([waiterOf(world.alice.ref, id), waiterOf(world.alice.ref, id)])
    expect(await world.ofServer.read(world.alice.ref, id)).toMatchObject({
      status: 'started',
      authorizationId: at(laptop),
    })
  })

  test('after its user has disconnected starts over, whatever the token vault has', async () => {
    const { id } = await world.asked()
    const latched = {
      status: 'disconnected',
      generation: 1,
      disconnectedAt: 5,
      ended: [{ scopes: 'calendar.readonly' }],
    } as const
    const story = world.start(required(laptop), {}, connectionRecord({ ...latched, ended: [...latched.ended] }))
    await story.run(id, laptop)
    expect(story.requests).toMatchObject([{ forceAuthentication: true, generation: 1, disconnectedAt: 5 }])
    expect(story.marked).toEqual([])
  })

  test('does not start over when an authorization is settled after the connection was first read', async () => {
    const { id } = await world.asked()
    const latched = connectionRecord({ status: 'disconnected', generation: 1 })
    const after = connectionRecord({ status: 'connected', generation: 1 })
    const story = world.start(required(laptop), {}, [latched, after])
    await story.run(id, laptop)
    expect(story.requests).toMatchObject([{ forceAuthentication: false, generation: 1 }])
  })

  test('asks for the account that the call was begun for, whichever is the default by now', async () => {
    const named = 'idOfHome_02' as ConnectionId
    const { id } = await world.asked({ account: { named } })
    const story = world.start(required(laptop), {}, connectionRecord({ id: named, hint: 'home' }))
    expect(await story.run(id, laptop)).toMatchObject({ outcome: 'authorization' })
    expect(story.requests).toMatchObject([{ named, hint: 'home' }])
  })

  test('does nothing when that account is no longer there: without its name another one would come', async () => {
    const { id } = await world.asked({ account: { named: 'idOfHome_02' as ConnectionId } })
    const story = world.start(required(laptop))
    expect(await story.run(id, laptop)).toEqual({ outcome: 'settled' })
    expect(story.requests).toEqual([])
  })

  test('does nothing for another user, and the rightful one can start it then', async () => {
    const { id } = await world.asked()
    const story = world.start(required(phone))
    expect(await story.run(id, phone, randomToken(16) as UserRef)).toEqual({ outcome: 'unknown' })
    expect(story.requests).toEqual([])
    expect(await world.start(required(laptop)).run(id, laptop)).toMatchObject({ outcome: 'authorization' })
  })

  test('does nothing when its time is over, or its user has declined it', async () => {
    const over = await world.asked()
    world.clock.now += 600_000
    const story = world.start(required(laptop))
    expect(await story.run(over.id, laptop)).toEqual({ outcome: 'settled' })
    const declined = await world.asked()
    expect(await world.ofServer.cancel(declined)).toBe(true)
    expect(await story.run(declined.id, laptop)).toEqual({ outcome: 'settled' })
    expect(story.requests).toEqual([])
  })

  test('goes on with its authorization in the same user session, and requests another one when that is lost or in another user session', async () => {
    const { id } = await world.asked()
    const pending = { status: 'pending', expiresAt: world.clock.now + 1_000 } as const
    await world.start(required(laptop)).run(id, laptop)
    const again = world.start(required(laptop), { [at(laptop)]: pending })
    expect(await again.run(id, laptop)).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect(again.requests).toEqual([])

    const elsewhere = world.start(required(phone), { [at(laptop)]: pending })
    expect(await elsewhere.run(id, phone)).toEqual({ outcome: 'authorization', id: at(phone) })
    // The record was deleted by a sign-out.
    const lost = world.start(required(laptop))
    expect(await lost.run(id, laptop)).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect([elsewhere.requests.length, lost.requests.length]).toEqual([1, 1])
    const underWay = world.start(required(laptop), { [at(laptop)]: { ...pending, status: 'binding' } })
    expect(await underWay.run(id, phone)).toEqual({ outcome: 'settled' })
  })

  test('ends it where AgentCore has a token already, and starts over where the vendor has rejected one', async () => {
    const { id } = await world.asked()
    const connection = connectionRecord({})
    const story = world.start({ outcome: 'token', accessToken: 'not shown' }, {}, connection)
    expect(await story.run(id, laptop)).toEqual({ outcome: 'connected' })
    expect(await world.ofServer.read(world.alice.ref, id)).toMatchObject({ status: 'bound' })
    const over = await world.asked({ forceAuthentication: true })
    const restarted = world.start(required(laptop))
    await restarted.run(over.id, laptop)
    expect(restarted.requests[0]).toMatchObject({ forceAuthentication: true })
    expect(restarted.marked).toEqual([`${world.alice.ref} google-calendar`])
  })

  test('does not start over when the account was connected again after the call whose token was rejected', async () => {
    const { id } = await world.asked({ forceAuthentication: true })
    world.clock.now += 1
    const connection = connectionRecord({ status: 'connected', connectedAt: world.clock.now })
    const story = world.start({ outcome: 'token', accessToken: 'not shown' }, {}, connection)
    expect(await story.run(id, laptop)).toEqual({ outcome: 'connected' })
    expect(story.requests).toMatchObject([{ forceAuthentication: false }])
    expect(story.marked).toEqual([])
  })

  test('does not start over when the account was connected again while the call ran', async () => {
    const connectedAt = world.clock.now - 1
    const { id } = await world.asked({ forceAuthentication: true, connectedAt: connectedAt - 1 })
    const connection = connectionRecord({ status: 'connected', connectedAt })
    const story = world.start({ outcome: 'token', accessToken: 'not shown' }, {}, connection)
    expect(await story.run(id, laptop)).toEqual({ outcome: 'connected' })
    expect(story.requests).toMatchObject([{ forceAuthentication: false }])
  })

  test('starts over for a connection whose token was rejected, too, after an earlier one of which a request is open', async () => {
    const earlier = await world.asked({ forceAuthentication: true, connectedAt: 5 })
    world.clock.now += 1
    const connectedAt = world.clock.now
    world.clock.now += 1
    const later = await world.asked({ forceAuthentication: true, connectedAt })
    const connection = connectionRecord({ status: 'connected', connectedAt })
    const story = world.start(required(laptop), {}, connection)
    await story.run(later.id, laptop)
    await story.run(earlier.id, laptop)
    expect(story.requests).toMatchObject([{ forceAuthentication: true }, { forceAuthentication: false }])
  })

  test('waits for an authorization that is bound, and of which nothing that waits has been told yet', async () => {
    const { id } = await world.asked()
    const story = world.start(required(laptop), { [at(laptop)]: { status: 'bound' } }, undefined, at(laptop))
    expect(await story.run(id, laptop)).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect(await world.ofServer.read(world.alice.ref, id)).toMatchObject({ status: 'started' })
    expect(story.requests).toEqual([])
  })

  test('looks again when its authorization is settled before the request follows it', async () => {
    const { id } = await world.asked()
    const settled = {
      get [at(laptop)](): Partial<PendingAuthorization> & { isSettled: boolean } {
        return { status: 'bound', isSettled: story.joined.length >= 2 }
      },
    }
    const story = world.start([required(laptop), { outcome: 'token', accessToken: 'not shown' }], settled)
    expect(await story.run(id, laptop)).toEqual({ outcome: 'connected' })
    expect(await world.ofServer.read(world.alice.ref, id)).toMatchObject({ status: 'bound' })
  })
})
