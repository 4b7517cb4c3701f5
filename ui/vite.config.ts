/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vite';

// The policy of the window (and data: for the mock's pictures), so that a violation shows in a normal browser too.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; " +
  "img-src 'self' thumb: http://thumb.localhost data:; connect-src ipc: http://ipc.localhost; " +
  "frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  base: './',
  clearScreen: false,
  server: { host: '127.0.0.1', port: 1420, strictPort: true },
  preview: { host: '127.0.0.1', port: 4173, headers: { 'Content-Security-Policy': policy } },
  build: {
    outDir: 'dist',
    target: ['es2022', 'safari16.4'],
    // No data: URLs for anything but pictures that the window makes itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test/setup.ts'],
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    testTimeout: 90_000,
  },
});
