import { createKeyedApi, type StandIn } from '@agent-identity/stand-in-kit'
import { Router } from 'express'

/** Stands in for an API with a key. */
export const standIn: StandIn = {
  endpoints: {},
  create: (options) => createKeyedApi(options, api),
}

const api = Router().get('/v1/stock', (_request, response) => {
  response.json({
    items: [
      { name: 'Chairs', inStock: 12 },
      { name: 'Desks', inStock: 3 },
    ],
  })
})
