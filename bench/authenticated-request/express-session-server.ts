/** The server that is the floor. */
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { Redis } from 'ioredis'
import { serve } from '../support/listening-server.ts'

const [redisUrl = '', secret = ''] = process.argv.slice(2)
const app = express()
app.use(
  session({
    store: new RedisStore({ client: new Redis(redisUrl), ttl: 3_600 }),
    secret,
    resave: false,
    saveUninitialized: false,
  }),
)
app.get('/api/session', (request, response) => {
  const { user } = request.session as unknown as { user?: object }
  if (user) response.json({ user })
  else response.sendStatus(401)
})
serve(app)
