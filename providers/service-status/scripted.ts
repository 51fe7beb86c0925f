import { asksFor, inList, type Scripted, thereAreMore } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Services = z.object({
  services: z.array(z.object({ name: z.string(), state: z.string() })),
  more: z.boolean().optional(),
})

export const scripted: Scripted = {
  list_service_status: {
    example: 'Which services are disturbed?',
    request: asksFor(['what', 'which', 'show', 'list'], 'services'),
    ability: 'tell you which services of the company are disturbed',
    answer(result) {
      const { services, more } = Services.parse(result)
      const disturbed = services.filter(({ state }) => state !== 'up').map(({ name, state }) => `${name} (${state})`)
      const found = disturbed.length === 0 ? 'Every service is up.' : `Not as they should be: ${inList(disturbed)}.`
      return `${found}${thereAreMore(more)}`
    },
  },
}
