import { callJson, moreIf, short, type VendorSettings } from '@agent-identity/provider-kit'
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
  services: z.array(z.object({ name: z.string(), state: z.enum(['up', 'disturbed', 'down']) })),
})

export function createServiceStatusClient({ url, timeoutMs }: VendorSettings): ServiceStatusClient {
  return {
    async services(accessToken, signal) {
      const { services: found } = await callJson(Services, `${url}/services`, { accessToken, signal, timeoutMs })
      const services = found.slice(0, LISTED).map(({ name, state }) => ({ name: short(name), state }))
      return { services, ...moreIf(found.length > LISTED) }
    },
  }
}
