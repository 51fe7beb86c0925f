/** The server that is the floor. */
import express from 'express'
import { Redis } from 'ioredis'
import { serve } from '../support/listening-server.ts'

const [redisUrl = ''] = process.argv.slice(2)
const redis = new Redis(redisUrl)
await redis.ping()
serve(express())
