/** What the build tool and the component compiler make of imports, for the type checker. */
/// <reference types="svelte" />
/// <reference types="vite/client" />
