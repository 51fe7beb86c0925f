import type { Request, Response } from 'express'

/** Octokit's pagination follows the Link header. */
export function pageOf<Item>(items: readonly Item[], request: Request, response: Response): Item[] {
  const perPage = Math.min(positive(request.query.per_page) ?? 30, 100)
  const page = positive(request.query.page) ?? 1
  const last = Math.max(1, Math.ceil(items.length / perPage))

  const link = (to: number, rel: string) => {
    const url = new URL(request.originalUrl, `http://${request.headers.host}`)
    url.searchParams.set('page', String(to))
    return `<${url.href}>; rel="${rel}"`
  }
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ]
  if (links.length > 0) response.set('Link', links.join(', '))
  return items.slice((page - 1) * perPage, page * perPage)
}

function positive(value: unknown): number | undefined {
  const number = Number(value)
  return Number.isInteger(number) && number > 0 ? number : undefined
}
