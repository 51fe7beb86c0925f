import { callJson, short, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'

interface Service {
  name: string
  state: 'up' | 'disturbed' | 'down'
}

/** What the agent reads at the status API, as itself. @throws VendorError */
export interface ServiceStatusClient {
  services(accessToken: string, signal: AbortSignal): Promise<Service[]>
}

/** Of a longer list, so many. */
const LISTED = 100

const Services = z.object({
  services: z.array(z.object({ name: z.string(), state: z.enum(['up', 'disturbed', 'down']) })),
})

export function createServiceStatusClient({ url, timeoutMs }: VendorSettings): ServiceStatusClient {
  return {
    async services(accessToken, signal) {
      const { services } = await callJson(Services, `${url}/services`, { accessToken, signal, timeoutMs })
      return services.slice(0, LISTED).map(({ name, state }) => ({ name: short(name), state }))
    },
  }
}
