import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { startVendor } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { standIn } from './stand-in.ts'
import { serviceStatusAtWork } from './tools.ts'

const { signal } = new AbortController()
let vendor: Awaited<ReturnType<typeof startVendor>>
beforeAll(async () => {
  vendor = await startVendor(standIn)
})
afterAll(() => vendor.close())

async function machineToken(scope?: string): Promise<string> {
  const answer = await vendor.requestToken({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}
const list = (accessToken: string) =>
  serviceStatusAtWork({ url: `${vendor.origin}/v1`, timeoutMs: 60_000 }).tools[0]?.act(
    {},
    { accessToken, effectId: 'e', now: 0, signal },
  )

test('lists the services with a token of the agent', async () => {
  expect(await list(await machineToken('status:read'))).toEqual({
    services: [
      { name: 'Mail', state: 'up' },
      { name: 'Payroll', state: 'disturbed' },
    ],
  })
})

test('a call is refused without the scope, and with an invalid token', async () => {
  await expect(list(await machineToken())).rejects.toMatchObject({ reason: 'scope-missing' })
  await expect(list('wrong')).rejects.toMatchObject({ reason: 'token-rejected' })
})

test('cuts a long list, and says that there are more', async () => {
  const stub = await startVendorStub()
  stub.answer({
    'GET /services': { json: { services: Array.from({ length: 101 }, () => ({ name: 'Mail', state: 'up' })) } },
  })
  const [tool] = serviceStatusAtWork({ url: stub.url, timeoutMs: 60_000 }).tools
  const result = await tool?.act({}, { accessToken: 'a', effectId: 'e', now: 0, signal })
  expect(result).toMatchObject({ services: { length: 100 }, more: true })
  await stub.stop()
})
