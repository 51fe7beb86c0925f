/** The floor: Express and a Redis client, ready when Redis answers. */
import express from 'express'
import { Redis } from 'ioredis'
import { serve } from '../support/listening-server.ts'

const [redisUrl = ''] = process.argv.slice(2)
const redis = new Redis(redisUrl)
await redis.ping()
serve(express())
