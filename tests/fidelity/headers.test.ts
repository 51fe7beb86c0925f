import { describe, expect, test } from '@jest/globals'
import { callOperation } from './support/recording/wire.ts'
import { clientConfiguration, useEmulator } from './support/subject.ts'

const GATEWAY = ['x-amz-apigw-id', 'x-amzn-trace-id', 'x-amzn-remapped-date']

describe.each([
  ['plain HTTP', {}, undefined],
  ['HTTPS', { publicUrl: 'https://emulator.example' }, 'max-age=47304000; includeSubDomains'],
])('headers of an emulator that is reached over %s', (_scheme, options, strictTransportSecurity) => {
  const used = useEmulator(() => ({ ...options, workloadIdentities: [{ name: 'agent' }] }))
  const headersOf = async (operation: string, input: object) =>
    (await callOperation(clientConfiguration(used.emulator), operation, input)).headers

  test('HSTS is sent only over HTTPS', async () => {
    for (const headers of [
      await headersOf('GetWorkloadAccessToken', { workloadName: 'agent' }),
      await headersOf('GetWorkloadIdentity', { name: 'agent' }),
    ]) {
      expect(headers['strict-transport-security']).toBe(strictTransportSecurity)
      expect(headers['cache-control']).toBe('no-store, no-cache')
    }
  })

  test('only the control plane has the headers of API Gateway', async () => {
    const data = await headersOf('GetWorkloadAccessToken', { workloadName: 'agent' })
    const control = await headersOf('GetWorkloadIdentity', { name: 'agent' })
    for (const name of GATEWAY) {
      expect(data).not.toHaveProperty(name)
      expect(control).toHaveProperty(name)
    }
  })
})
