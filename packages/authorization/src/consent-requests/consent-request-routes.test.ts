import type { ConsentRequest, ConsentRequestId, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { listen, type RunningServer } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import { consentRequestRoutes } from './consent-request-routes.ts'

const id = 'r'.repeat(22) as ConsentRequestId
const found = { id, status: 'open', expiresAt: 2 } as ConsentRequest
let starts = 0
let isDisconnected = false
let server: RunningServer

beforeAll(async () => {
  const routes = consentRequestRoutes({
    consentRequests: { read: async () => found },
    async start() {
      starts++
      return { outcome: 'connected' }
    },
    hasDisconnected: async () => isDisconnected,
    renderAskFirst: (response) => void response.send('one button'),
    currentUserSession: () =>
      ({ ref: 's'.repeat(22) as UserSessionRef, userRef: 'a'.repeat(22) as UserRef }) as CurrentUserSession,
    limit: (_request, _response, next) => next(),
    limitSignedOut: (_request, _response, next) => next(),
    audit: () => undefined,
    clock: () => 1,
  })
  server = await listen(express().use(routes), { port: 0, drainSeconds: 1 })
})
afterAll(() => server.stop())

const open = (headers: Record<string, string>) =>
  fetch(`${server.url}/authorizations/${id}/start`, { redirect: 'manual', headers })

test('a link that its user opens starts', async () => {
  expect((await open({})).status).toBe(303)
  expect((await open({ 'sec-fetch-site': 'none' })).status).toBe(303)
})

test.each([
  ['sec-fetch-site', 'cross-site'],
  ['sec-fetch-site', 'same-site'],
  ['sec-purpose', 'prefetch;prerender'],
  ['purpose', 'prefetch'],
  ['x-purpose', 'preview'],
  ['x-moz', 'prefetch'],
])('a link that is fetched with %s: %s gets the page with one button, and nothing starts', async (header, value) => {
  const before = starts
  const response = await open({ [header]: value })
  expect([response.status, await response.text()]).toEqual([200, 'one button'])
  expect(starts).toBe(before)
})

test('an account that its user has disconnected is connected by the button of our page, and not by a program that opens the link', async () => {
  const before = starts
  isDisconnected = true
  const opened = await open({ 'sec-fetch-site': 'none' })
  expect([opened.status, await opened.text(), starts]).toEqual([200, 'one button', before])
  expect((await open({ 'sec-fetch-site': 'same-origin' })).status).toBe(303)
  expect(starts).toBe(before + 1)
  isDisconnected = false
})
