/** That the containers listen on. */
export const CONTAINER_PORT = 8080
/** Of a session store, unless its address says otherwise. */
export const STORE_PORT = 6379
