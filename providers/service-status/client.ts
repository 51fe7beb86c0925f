import { callJson, listOf, short, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'

interface Service {
  name: string
  state: 'up' | 'disturbed' | 'down'
}

/** With the agent’s own token. @throws VendorError */
export interface ServiceStatusClient {
  services(accessToken: string, signal: AbortSignal): Promise<{ services: Service[]; more?: true }>
}

const LISTED = 100

const Services = z.object({
  services: listOf(z.object({ name: z.string(), state: z.enum(['up', 'disturbed', 'down']) }), LISTED),
})

export function createServiceStatusClient({ url, timeoutMs }: VendorSettings): ServiceStatusClient {
  return {
    async services(accessToken, signal) {
      const { services } = await callJson(Services, `${url}/services`, { accessToken, signal, timeoutMs })
      const { items, ...more } = services
      return { services: items.map(({ name, state }) => ({ name: short(name), state })), ...more }
    },
  }
}
