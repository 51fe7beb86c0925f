import { expect, jest, test } from '@jest/globals'
import { importClientModule, installFakePage } from './test-support/fake-page.ts'

interface ApiModule {
  callApi(method: string, path: string, body?: object): Promise<unknown>
}

test.each([
  ['DELETE', '/api/me', 75_000],
  ['POST', '/api/users/end', 75_000],
  ['GET', '/api/connections', 20_000],
])('%s %s waits %d ms for its answer', async (method, path, waits) => {
  installFakePage({ fetch: async () => new Response('{}') })
  const timeout = jest.spyOn(AbortSignal, 'timeout')
  const { callApi } = await importClientModule<ApiModule>('api.ts')
  await callApi(method, path)
  expect(timeout.mock.calls).toEqual([[waits]])
  timeout.mockRestore()
})
