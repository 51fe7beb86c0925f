/** A server below the floor: it has no session middleware. */
import express from 'express'
import { Redis } from 'ioredis'
import { serve } from '../support/listening-server.ts'

const [redisUrl = '', key = ''] = process.argv.slice(2)
const redis = new Redis(redisUrl)
const app = express()
app.get('/api/session', async (_request, response) => {
  const { user } = JSON.parse((await redis.get(key)) ?? '{}')
  response.json({ user })
})
serve(app)
