import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  // A warning of the compiler (accessibility among them) fails the build.
  onwarn(warning) {
    throw new Error(`${warning.filename ?? ''}: ${warning.message}`);
  },
};
