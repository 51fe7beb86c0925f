import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { useConnectedUsers } from './support/connected-users.ts'
import { json } from './support/vendor.ts'

const { vendor, used, connectedUser } = useConnectedUsers()

describe('refresh', () => {
  beforeAll(() => {
    vendor.expiresIn = 3600
  })
  afterAll(() => {
    vendor.expiresIn = undefined
  })
  const refreshes = () =>
    vendor.tokenRequests.filter(({ parameters }) => parameters.get('grant_type') === 'refresh_token')

  test('not before the access token has expired, without a consent after that, with the rotated token the next time', async () => {
    const { ask, accessToken } = await connectedUser()
    const before = refreshes().length
    used.emulator.clock.advance(3540)
    expect(await ask()).toEqual({ accessToken })
    expect(refreshes()).toHaveLength(before)
    used.emulator.clock.advance(60)
    const second = await ask()
    expect(second.accessToken).not.toBe(accessToken)
    used.emulator.clock.advance(3600)
    expect((await ask()).accessToken).not.toBe(second.accessToken)
    const [first, rotated] = refreshes().slice(before)
    expect(refreshes()).toHaveLength(before + 2)
    expect(rotated?.parameters.get('refresh_token')).not.toBe(first?.parameters.get('refresh_token'))
  })

  test('concurrent callers share one', async () => {
    const { ask } = await connectedUser()
    const before = refreshes().length
    used.emulator.clock.advance(3600)
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask()))
    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(refreshes()).toHaveLength(before + 1)
  })

  test.each([
    [400, 'invalid_grant'],
    [401, 'invalid_client'],
    [200, 'bad_refresh_token'],
  ])('refused by the vendor (%i): the user is asked again, once', async (status, error) => {
    const { ask } = await connectedUser()
    used.emulator.clock.advance(3600)
    vendor.answerNext((response) => json(response, status, { error }))
    expect(await ask()).toHaveProperty('authorizationUrl')
    const before = refreshes().length
    expect(await ask()).toHaveProperty('authorizationUrl')
    expect(refreshes()).toHaveLength(before)
  })

  test.each<[number, object]>([
    [503, { error: 'temporarily_unavailable' }],
    [302, { error: 'moved' }],
    [403, { error: 'blocked' }],
    [400, { message: 'not an OAuth error' }],
  ])(
    'no refusal of OAuth (%i %j): the user is asked, and the refresh works once the vendor is back',
    async (status, body) => {
      const { ask } = await connectedUser()
      used.emulator.clock.advance(3600)
      vendor.answerNext((response) => json(response, status, body))
      expect(await ask()).toHaveProperty('authorizationUrl')
      expect(await ask()).toHaveProperty('accessToken')
    },
  )

  test('a refresh without a new refresh token keeps the old one', async () => {
    const { ask } = await connectedUser()
    for (const accessToken of ['first', 'second']) {
      used.emulator.clock.advance(3600)
      vendor.answerNext((response) =>
        json(response, 200, { access_token: accessToken, token_type: 'bearer', expires_in: 3600 }),
      )
      expect(await ask()).toEqual({ accessToken })
    }
  })

  test('forced while a refresh is under way: the refreshed token is not stored', async () => {
    const { ask } = await connectedUser()
    used.emulator.clock.advance(3600)
    const arrived = Promise.withResolvers<() => void>()
    vendor.answerNext((response) =>
      arrived.resolve(() => json(response, 200, { access_token: 'late', token_type: 'bearer', expires_in: 3600 })),
    )
    const refreshing = ask()
    const release = await arrived.promise
    await ask({ forceAuthentication: true })
    release()
    expect(await refreshing).not.toHaveProperty('accessToken')
    expect(await ask()).not.toHaveProperty('accessToken')
  })

  test('refused after another consent was completed meanwhile: the token of that consent remains', async () => {
    const { ask, finish } = await connectedUser()
    used.emulator.clock.advance(3600)
    const arrived = Promise.withResolvers<() => void>()
    vendor.answerNext((response) => arrived.resolve(() => json(response, 400, { error: 'invalid_grant' })))
    const refreshing = ask()
    const refuse = await arrived.promise
    await finish(await ask({ forceAuthentication: true }))
    const renewed = await ask()
    refuse()
    expect(await refreshing).toHaveProperty('authorizationUrl')
    expect(renewed).toHaveProperty('accessToken')
    expect(await ask()).toEqual(renewed)
  })

  test('an expired token without a refresh token: the user is asked again', async () => {
    vendor.answerNext((response) =>
      json(response, 200, { access_token: 'short', token_type: 'bearer', expires_in: '120' }),
    )
    const { ask } = await connectedUser()
    used.emulator.clock.advance(60)
    expect(await ask()).toEqual({ accessToken: 'short' })
    used.emulator.clock.advance(60)
    expect(await ask()).toHaveProperty('authorizationUrl')
  })

  test('a valid token is returned without asking the vendor: a revocation there goes unnoticed, as AWS documents', async () => {
    const { ask, accessToken } = await connectedUser()
    const before = vendor.tokenRequests.length
    expect(await ask()).toEqual({ accessToken })
    expect(vendor.tokenRequests).toHaveLength(before)
  })
})
