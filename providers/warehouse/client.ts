import { callJson, moreIf, short, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'

interface Item {
  name: string
  inStock: number
}

/** With the agent’s key. @throws VendorError */
export interface WarehouseClient {
  stock(apiKey: string, signal: AbortSignal): Promise<{ items: Item[]; more?: true }>
}

const LISTED = 100

const Stock = z.object({ items: z.array(z.object({ name: z.string(), inStock: z.number() })) })

export function createWarehouseClient({ url, timeoutMs }: VendorSettings): WarehouseClient {
  return {
    async stock(apiKey, signal) {
      const call = { accessToken: apiKey, keyHeader: 'x-api-key', signal, timeoutMs }
      const { items: found } = await callJson(Stock, `${url}/stock`, call)
      const items = found.slice(0, LISTED).map(({ name, inStock }) => ({ name: short(name), inStock }))
      return { items, ...moreIf(found.length > LISTED) }
    },
  }
}
