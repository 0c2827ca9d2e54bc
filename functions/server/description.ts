import { BASE_PATH } from '../../core/contract.ts';

/** An OpenAPI document, as far as it depends on where the API is. */
interface Description {
  readonly paths: Readonly<Record<string, unknown>>;
}

/** The description of the API as one server has it. */
export function describedFor<Document extends Description>(
  document: Document,
  { basePath, hasIdentity }: { readonly basePath: string; readonly hasIdentity: boolean },
): Document {
  const paths = Object.entries(document.paths)
    .filter(([path]) => hasIdentity || !path.startsWith(`${BASE_PATH}/auth/`))
    .map(([path, methods]) => [basePath + path.slice(BASE_PATH.length), methods]);
  return { ...document, paths: Object.fromEntries(paths) };
}
