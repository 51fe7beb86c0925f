import { asksFor, inList, type Scripted, thereAreMore } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Stock = z.object({
  items: z.array(z.object({ name: z.string(), inStock: z.number() })),
  more: z.boolean().optional(),
})

export const scripted: Scripted = {
  list_stock: {
    example: 'What is in stock?',
    request: asksFor(['what', 'which', 'show', 'list'], 'stock'),
    ability: 'tell you what is in stock in the warehouse',
    answer(result) {
      const { items, more } = Stock.parse(result)
      if (items.length === 0) return 'The warehouse is empty.'
      return `In stock: ${inList(items.map(({ name, inStock }) => `${inStock} × ${name}`))}.${thereAreMore(more)}`
    },
  },
}
