import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import Outside from './Outside.svelte';
import { findBackend, setBackend } from './lib/backend';
import './lib/state/theme.svelte';

const backend = await findBackend(new URL(location.href));
if (backend) {
  setBackend(backend);
  mount(App, { target: document.body });
} else {
  mount(Outside, { target: document.body });
}
