import type { BindingStore } from './binding-store.ts';
import type { DueIndex } from './due-index.ts';
import type { SessionStore } from './session-store.ts';
import type { SignInStore } from './sign-in-store.ts';
import type { SubjectStore } from './subject-store.ts';

/** All the ports, as each implementation has them. A use case asks only for the parts that it uses. */
export interface Store extends SessionStore, BindingStore, DueIndex, SignInStore, SubjectStore {}
