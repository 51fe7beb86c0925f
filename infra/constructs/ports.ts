export const CONTAINER_PORT = 8080
/** Of the session store, unless the URL of an existing one has another port. */
export const STORE_PORT = 6379
