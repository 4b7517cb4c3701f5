// The engine's types (src-tauri/crates/engine/src/api.rs), generated. A test of the engine keeps them equal.
export type * from './bindings';
