import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { startVendor } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { standIn } from './stand-in.ts'
import { warehouseAtWork } from './tools.ts'

const { signal } = new AbortController()
let vendor: Awaited<ReturnType<typeof startVendor>>
beforeAll(async () => {
  vendor = await startVendor(standIn)
})
afterAll(() => vendor.close())

const list = (accessToken: string) =>
  warehouseAtWork({ url: `${vendor.origin}/v1`, timeoutMs: 60_000 }).tools[0]?.act(
    {},
    { accessToken, effectId: 'e', now: 0, signal },
  )

test('lists what is in stock, with the key in its own header', async () => {
  expect(await list(vendor.client.secret)).toEqual({
    items: [
      { name: 'Chairs', inStock: 12 },
      { name: 'Desks', inStock: 3 },
    ],
  })
  const asBearer = await fetch(`${vendor.origin}/v1/stock`, {
    headers: { authorization: `Bearer ${vendor.client.secret}` },
  })
  expect(asBearer.status).toBe(403)
})

test('a call with another key is refused, and a planned fault affects a call with the key', async () => {
  await expect(list('wrong')).rejects.toMatchObject({ reason: 'forbidden' })
  await vendor.control('faults', { status: 503, times: 1 })
  await expect(list(vendor.client.secret)).rejects.toMatchObject({ reason: 'unavailable' })
})

test('cuts a long list, and says that there are more', async () => {
  const stub = await startVendorStub()
  stub.answer({
    'GET /stock': { json: { items: Array.from({ length: 101 }, () => ({ name: 'Chairs', inStock: 1 })) } },
  })
  const [tool] = warehouseAtWork({ url: stub.url, timeoutMs: 60_000 }).tools
  const result = await tool?.act({}, { accessToken: 'a', effectId: 'e', now: 0, signal })
  expect(result).toMatchObject({ items: { length: 100 }, more: true })
  await stub.stop()
})
